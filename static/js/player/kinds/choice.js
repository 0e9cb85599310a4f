// Multiple choice, multiple response, and the questions of a case study: radios or checkboxes, each with a strike-out.

import { given, toggled, without } from "../state.js";
import { h, hidden, icon, LETTERS, marked } from "../text.js";

/** The answer area; `sheet` is described in question.js. */
export class Choice {
  constructor(question, sheet) {
    Object.assign(this, { question, sheet });
    this.rows = question.options.map((option, index) => this.#row(option, LETTERS[index]));
    this.how = sheet.words.text(`select_${question.choose}`);
    this.body = h(
      "ul",
      { class: "opts" },
      this.rows.map((row) => row.item),
    );
  }

  #row({ key, text }, letter) {
    const type = this.question.choose === 1 ? "radio" : "checkbox";
    const name = this.sheet.words.text("strike", { letter });
    const input = h("input", { type, name: "answer", on: { change: () => this.#choose(key) } });
    const strike = h("button", { class: "st", type: "button", title: name, on: { click: () => this.#strike(key) } }, hidden(name), icon("strike"));
    const label = h("label", null, input, h("span", { class: "ltr" }, letter), h("span", { class: "txt" }, marked(text)));
    return { key, input, strike, item: h("li", { class: "opt" }, label, strike) };
  }

  /** Makes the rows show the record; returns the words that count. */
  refresh() {
    const { answer, struck } = this.sheet.record;
    for (const { key, input, strike, item } of this.rows) {
      const out = struck.includes(key);
      input.checked = Boolean(answer?.includes(key));
      item.classList.toggle("out", out);
      strike.setAttribute("aria-pressed", out);
    }
    const { choose } = this.question;
    return choose > 1 ? this.sheet.words.text("selected", { n: given(answer), choose }) : "";
  }

  /** Chooses or clears ("choose"), or strikes out or takes back ("strike"), the option at an index. */
  letter(command, index) {
    const key = this.rows[index]?.key;
    if (key && command === "choose") this.#choose(key);
    if (key && command === "strike") this.#strike(key);
  }

  #choose(key) {
    const { answer, struck } = this.sheet.record;
    const next = toggled(this.question, answer, key);
    if (next === undefined) this.sheet.say(this.sheet.words.text(`limit_${this.question.choose}`));
    this.sheet.change(next === undefined ? null : { answer: next, struck: struck.filter((other) => other !== key) });
  }

  #strike(key) {
    const { answer, struck } = this.sheet.record;
    const rest = struck.filter((other) => other !== key);
    this.sheet.change(rest.length < struck.length ? { struck: rest } : { struck: [...struck, key], answer: without(this.question, answer, key) });
  }
}
