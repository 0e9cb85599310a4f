// Matching: a select for each prompt. Long answers stand above as lettered cards.

import { given, matched } from "../state.js";
import { h, LETTERS, marked, opening, plain } from "../text.js";

const LONG = 60;
const FIRST_WORDS = 34;

/** The answer area; `sheet` is described in question.js. */
export class Matching {
  constructor(question, sheet) {
    Object.assign(this, { question, sheet, words: sheet.words });
    const { options, prompts } = question;
    const long = options.some(({ text }) => plain(text).length > LONG);
    this.names = options.map(({ text }, index) => (long ? `${LETTERS[index]}. ${opening(text, FIRST_WORDS)}` : plain(text)));
    this.rows = prompts.map((prompt, index) => this.#row(prompt, `prompt-${index}`));
    this.how = this.words.text("match_each");
    const items = this.rows.map((row) => row.item);
    const cards = options.map(({ text }, index) => h("li", null, h("b", null, LETTERS[index]), h("span", null, marked(text))));
    this.body = [long && h("ol", { class: "cards" }, cards), h("ul", { class: "match" }, items)];
  }

  #row({ key, text }, id) {
    const answers = this.question.options.map((option) => h("option", { value: option.key }));
    const select = h("select", { id }, h("option", { value: "" }, this.words.text("choose")), answers);
    select.addEventListener("change", () => this.sheet.change({ answer: matched(this.sheet.record.answer, key, select.value) }));
    return { key, select, item: h("li", null, h("label", { for: id }, marked(text)), select) };
  }

  /** Makes the selects show the record, and what is used elsewhere; returns the words that count. */
  refresh() {
    const answer = this.sheet.record.answer ?? {};
    const used = Object.values(answer);
    for (const { key: prompt, select } of this.rows) {
      this.question.options.forEach(({ key }, index) => {
        const elsewhere = used.filter((other) => other === key).length - (answer[prompt] === key);
        const name = this.names[index];
        select.options[index + 1].textContent = elsewhere ? this.words.text("used", { name, n: elsewhere }) : name;
      });
      select.value = answer[prompt] ?? "";
      select.classList.toggle("set", Boolean(answer[prompt]));
    }
    const { options, prompts } = this.question;
    const count = this.words.text("matched", { n: given(answer), choose: prompts.length });
    return options.length > prompts.length ? `${count} ${this.words.text("once_or_not")}` : count;
  }
}
