// The list before submitting: what is still open or flagged, and the last question "really?".

import { given, needed } from "./state.js";
import { h, hidden, icon, part, plain } from "./text.js";

const FEW = 6;

export class Review {
  #filter = null;

  /** `go(position)` shows a question; `submit()` hands in; `left()` gives the seconds left or null. */
  constructor({ sitting, words, go, submit, left }) {
    Object.assign(this, { sitting, words, left });
    this.title = part("review-title");
    this.dialog = part("submit-dialog");
    this.inputs = [...document.getElementsByName("review")];
    for (const input of this.inputs) input.addEventListener("change", () => this.#show(input.value));
    part("review-rows").addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link) return;
      event.preventDefault();
      go(Number(link.hash.slice(1)));
    });
    const acts = { go: () => go(this.#positions("open")[0]), submit, stay() {} };
    this.dialog.addEventListener("close", () => acts[this.dialog.returnValue]?.());
  }

  #positions(filter) {
    const flagged = (position) => this.sitting.record(position).flagged;
    const open = (position) => this.sitting.isOpen(position);
    return this.sitting.positions({ check: (position) => open(position) || flagged(position), open, flagged, all: () => true }[filter]);
  }

  /** Writes the list anew. */
  refresh() {
    const { answered, none, part: partly, flagged } = this.sitting.counts();
    const counts = Object.entries({ n_answered: answered, n_none: none, n_part: partly, n_flagged: flagged }).filter(([key, n]) => n || key === "n_answered");
    const said = counts.map(([key, n]) => this.words.count(key, n)).join(", ");
    part("review-summary").textContent = `${said}. ${none + partly ? this.words.text("no_penalty") : ""}`;
    for (const { value, nextElementSibling: label } of this.inputs) label.textContent = this.words.text(`review_${value}`, { n: this.#positions(value).length });
    this.#show(this.#filter ?? (this.#positions("check").length ? "check" : "all"));
  }

  #show(filter) {
    this.#filter = filter;
    for (const input of this.inputs) input.checked = input.value === filter;
    const positions = this.#positions(filter);
    part("review-rows").replaceChildren(...positions.map((position) => this.#row(position)));
    part("review-none").hidden = positions.length > 0;
  }

  #row(position) {
    const flag = this.sitting.record(position).flagged && h("span", { class: "tag warn" }, icon("flag"), this.words.text("flagged"));
    const go = h("a", { class: "btn", href: `#${position}` }, this.words.text("go"), hidden(` ${this.words.text("to_question", { n: position })}`));
    const cells = [h("span", { class: "row" }, this.#tag(position), flag), plain(this.sitting.question(position).stem), go];
    return h("tr", null, h("th", { scope: "row" }, this.words.text("question", { n: position })), cells.map((cell) => h("td", null, cell)));
  }

  #tag(position) {
    const look = { answered: "ok", part: "warn" }[this.sitting.status(position)];
    const values = { n: given(this.sitting.record(position).answer), choose: needed(this.sitting.question(position)) };
    return h("span", { class: `tag ${look ?? "bad"}` }, this.words.text({ ok: "answered", warn: "n_of" }[look] ?? "not_answered", values));
  }

  /** Asks whether to submit; with open questions the first button goes to the first of them. */
  ask() {
    const open = this.#positions("open");
    const any = open.length > 0;
    part("submit-title").textContent = any ? this.words.count("submit_open", open.length) : this.words.text("submit_all");
    part("submit-text").textContent = this.#text(open);
    const [first, second] = [part("submit-first"), part("submit-second")];
    first.textContent = this.words.text(any ? "go_to" : "submit", { n: open[0] });
    second.textContent = this.words.text(any ? "submit_anyway" : "not_yet");
    [first.value, second.value] = any ? ["go", "submit"] : ["submit", "stay"];
    this.dialog.returnValue = "";
    this.dialog.showModal();
    first.focus();
  }

  #text(open) {
    const partly = open.filter((position) => this.sitting.status(position) === "part");
    const none = open.filter((position) => !partly.includes(position));
    const said = [this.#listed("no_answer", none), this.#listed("partly", partly), open.length && this.words.text("count_as_wrong")];
    const left = this.left();
    if (left !== null) said.push(this.words.count("you_have", Math.floor(left / 60)));
    return said.filter(Boolean).join(" ");
  }

  /** The questions by number, or how many there are when they are more than a few. */
  #listed(key, positions) {
    if (!positions.length) return "";
    const list = new Intl.ListFormat(document.documentElement.lang).format(positions.map(String));
    return this.words.count(positions.length > FEW ? `${key}_many` : key, positions.length, { list });
  }
}
