// Ordering: a number select for each step, and below it the order so far with up and down buttons. Nothing is dragged.

import { given, placed, placeOf } from "../state.js";
import { h, hidden, icon, marked, plain } from "../text.js";

/** The answer area; `sheet` is described in question.js. */
export class Ordering {
  constructor(question, sheet) {
    Object.assign(this, { question, sheet, words: sheet.words });
    this.places = Array.from({ length: question.choose }, (_, index) => index + 1);
    this.rows = question.options.map((option) => this.#row(option));
    this.how = this.words.text("number_steps");
    this.list = h("ol", { "aria-labelledby": "order", on: { click: (event) => this.#clicked(event), keydown: (event) => this.#pressed(event) } });
    this.body = [
      h(
        "ul",
        { class: "places" },
        this.rows.map((row) => row.item),
      ),
      h("div", { class: "order" }, h("h2", { id: "order" }, this.words.text("your_order")), this.list),
    ];
  }

  #row({ key, text }) {
    const name = plain(text);
    const numbers = this.places.map((place) => h("option", { value: place }, place));
    const select = h("select", { "aria-label": this.words.text("position_of", { step: name }) }, h("option", { value: 0 }, "–"), numbers);
    select.addEventListener("change", () => this.#place(key, Number(select.value)));
    // The browser finds no option that begins with a hyphen.
    select.addEventListener("keydown", (event) => event.key === "-" && this.#place(key, 0));
    return { key, text, name, select, item: h("li", null, select, h("span", null, marked(text))) };
  }

  #find(key) {
    return this.rows.find((row) => row.key === key);
  }

  /** Makes selects and list show the record; returns the words that count. */
  refresh() {
    const { answer } = this.sheet.record;
    for (const { key, select, item } of this.rows) {
      select.value = placeOf(answer, key);
      item.classList.toggle("on", select.value > 0);
    }
    this.list.replaceChildren(...this.places.map((place) => this.#line(place, this.#find(answer?.[place - 1]))));
    return this.words.text("placed", { n: given(answer), choose: this.question.choose });
  }

  #line(place, row) {
    const number = h("b", null, place);
    if (!row) return h("li", null, number, h("span", { class: "empty" }, this.words.text("not_chosen")));
    const moves = [-1, 1].map((step) => this.#mover(row, place, step));
    return h("li", null, number, h("span", null, marked(row.text)), h("span", { class: "mv" }, moves));
  }

  #mover({ key, name }, place, step) {
    // Not the disabled attribute: the button must keep the focus when its row reaches an end.
    const atEnd = !this.places.includes(place + step) && "true";
    const label = hidden(this.words.text(step < 0 ? "move_up" : "move_down", { step: name }));
    return h("button", { type: "button", class: "btn", "data-key": key, "data-step": step, "aria-disabled": atEnd }, label, icon(step < 0 ? "up" : "down"));
  }

  #clicked({ target }) {
    const button = target.closest("button");
    if (button) this.#move(button, Number(button.dataset.step));
  }

  #pressed(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.altKey) return;
    event.preventDefault();
    this.#move(event.target, step);
  }

  /** Moves a step and keeps the focus on the same button of its row. */
  #move({ dataset: { key, step: side } }, step) {
    const { answer } = this.sheet.record;
    const to = placeOf(answer, key) + step;
    if (!this.places.includes(to)) return;
    this.sheet.change({ answer: placed(this.question, answer, key, to) });
    this.list.querySelector(`[data-key="${key}"][data-step="${side}"]`).focus();
    this.sheet.say(this.words.text("moved", { step: this.#find(key).name, n: to, choose: this.question.choose }));
  }

  #place(key, place) {
    const before = this.sheet.record.answer;
    const answer = placed(this.question, before, key, place);
    const other = place && before?.[place - 1];
    this.sheet.change({ answer });
    const moved = other && other !== key ? [key, other] : [key];
    this.sheet.say(moved.map((step) => this.#where(step, placeOf(answer, step))).join(" "));
  }

  #where(key, n) {
    return this.words.text(n ? "stands" : "taken_off", { step: this.#find(key).name, n });
  }
}
