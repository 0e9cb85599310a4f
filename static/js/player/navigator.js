// The list of questions: one tab stop with arrows inside it, and a filter. On narrow screens it opens as a dialog.

import { h, part } from "./text.js";

const FILTERS = { all: () => true, open: (sitting, position) => sitting.isOpen(position), flagged: (sitting, position) => sitting.record(position).flagged };
const LOOKS = { answered: "done", part: "", seen: "", unseen: "unseen" };

export class Navigator {
  #filter = "all";

  /** `go(position)` shows a question. */
  constructor(root, { sitting, words, go }) {
    Object.assign(this, { root, sitting, words, go, current: 1 });
    this.panel = part("nav-panel");
    this.dialog = part("nav-dialog");
    this.cells = sitting.positions().map((position) => h("a", { href: `#${position}` }, position));
    const list = part("cells");
    list.replaceChildren(...this.cells.map((cell) => h("li", null, cell)));
    list.addEventListener("click", (event) => this.#clicked(event));
    list.addEventListener("keydown", (event) => this.#pressed(event));
    this.inputs = [...document.getElementsByName("filter")];
    for (const input of this.inputs) input.addEventListener("change", () => this.#sift(input.value));
    this.dialog.addEventListener("close", () => root.append(this.panel));
  }

  /** Shows the state of every question, and which one is current. */
  refresh(current) {
    this.current = current;
    this.cells.forEach((cell, index) => this.#mark(cell, index + 1));
    for (const { value, nextElementSibling: label } of this.inputs) label.textContent = this.words.text(`show_${value}`, { n: this.#positions(value).length });
    this.#sift(this.#filter);
  }

  #mark(cell, position) {
    const status = this.sitting.status(position);
    const flagged = this.sitting.record(position).flagged;
    const label = [this.words.text("question", { n: position }), this.words.text(`is_${status}`)];
    cell.className = `${LOOKS[status]}${flagged ? " flg" : ""}${position === this.current ? " cur" : ""}`;
    cell.setAttribute("aria-label", (flagged ? [...label, this.words.text("flagged_low")] : label).join(", "));
    cell.setAttribute("aria-current", position === this.current);
  }

  #positions(filter) {
    return this.sitting.positions((position) => FILTERS[filter](this.sitting, position));
  }

  #sift(filter) {
    this.#filter = filter;
    const shown = this.#positions(filter);
    this.cells.forEach((cell, index) => (cell.parentElement.hidden = !shown.includes(index + 1)));
    part("nav-none").hidden = shown.length > 0;
    this.#stop();
  }

  /** Makes one visible cell the tab stop: this one, or the current one, or the first. */
  #stop(cell = this.cells[this.current - 1]) {
    const shown = this.#shown();
    const stop = shown.includes(cell) ? cell : shown[0];
    for (const other of this.cells) other.tabIndex = other === stop ? 0 : -1;
    return stop;
  }

  #shown() {
    return this.cells.filter((cell) => !cell.parentElement.hidden);
  }

  #clicked(event) {
    const at = this.cells.indexOf(event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.dialog.close();
    this.go(at + 1);
  }

  #pressed(event) {
    const shown = this.#shown();
    const to = shown[target(event.key, shown.indexOf(event.target), shown)];
    if (!to) return;
    event.preventDefault();
    this.#stop(to).focus();
  }

  /** Moves the focus into the list; where there is no room for it, opens it as a dialog. */
  open() {
    if (!this.root.checkVisibility() && !this.dialog.open) {
      this.dialog.append(this.panel);
      this.dialog.showModal();
    }
    this.#stop()?.focus();
  }
}

/** The index that a key leads to; rows are as long as the screen makes them. */
function target(key, at, cells) {
  const forward = document.dir === "rtl" ? -1 : 1;
  const row = cells.filter((cell) => cell.offsetTop === cells[0].offsetTop).length;
  return { ArrowRight: at + forward, ArrowLeft: at - forward, ArrowDown: at + row, ArrowUp: at - row, Home: 0, End: cells.length - 1 }[key];
}
