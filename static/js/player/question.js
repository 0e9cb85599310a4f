// One question on the page: its number and flag, a case study's scenario, the stem, the answer area, and after a check the reasons.

import { Choice } from "./kinds/choice.js";
import { Matching } from "./kinds/matching.js";
import { Ordering } from "./kinds/ordering.js";
import { h, hidden, icon, marked, paragraphs, part } from "./text.js";

const KINDS = { multiple_choice: Choice, multiple_response: Choice, case_study: Choice, ordering: Ordering, matching: Matching };

/**
 * An answer area has `how` (what to do), `body` (its elements), `refresh()` and, where options have letters, `letter()`.
 * It works on a sheet: the `record` of the position, `change(patch)` which saves and shows it, `say(message)` and `words`.
 */
export class QuestionView {
  #scenario = null;
  #locked = false;

  /** `change(position, patch)` and, for reports of problems, `send(url, what)` are the player's. */
  constructor(root, { sitting, words, say, change, send }) {
    Object.assign(this, { root, sitting, words, say, change, send });
  }

  show(position) {
    this.position = position;
    const question = this.sitting.question(position);
    this.record = this.sitting.record(position);
    this.area = new KINDS[question.kind](question, { words: this.words, say: this.say, record: this.record, change: (patch) => this.#change(patch) });
    this.title = h("h1", { tabindex: -1 });
    this.flag = h("button", { type: "button", class: "btn flag", "aria-keyshortcuts": "F", on: { click: () => this.toggleFlag() } });
    this.count = h("span", { id: "count", role: "status" });
    const legend = h("legend", null, h("b", { id: "how" }, this.area.how), this.count);
    this.fieldset = h("fieldset", { "aria-labelledby": "ask how", "aria-describedby": "count" }, legend, this.area.body);
    this.after = h("div", { class: "after" });
    this.#showScenario(question.scenario);
    part("sheet").replaceChildren(h("div", { class: "qh" }, this.title, this.flag), this.#stem(question), this.fieldset, this.after);
    this.refresh();
  }

  #stem({ stem }) {
    const texts = paragraphs(stem).map((text) => h("p", null, marked(text)));
    Object.assign(texts.at(-1), { id: "ask", className: "ask" });
    return h("div", { class: "stem" }, texts);
  }

  /** The scenario stays as it was, open or closed, while its questions are gone through. */
  #showScenario(scenario) {
    if (scenario?.slug === this.#scenario) return;
    this.#scenario = scenario?.slug;
    this.root.classList.toggle("case", Boolean(scenario));
    const texts = scenario?.text.trim().split(/\n\s*\n/) ?? [];
    const details = h("details", { open: true }, h("summary", null, scenario?.title), texts.map((text) => h("p", null, marked(text))));
    part("scenario").replaceChildren(...(scenario ? [details] : []));
  }

  /** Shows the record again. */
  refresh() {
    const { flagged } = this.record;
    const name = this.words.text("question_of", { n: this.position, total: this.sitting.total });
    this.title.replaceChildren(name, flagged ? hidden(`, ${this.words.text("flagged_low")}`) : "");
    this.flag.setAttribute("aria-pressed", flagged);
    this.flag.replaceChildren(icon("flag"), h("span", null, this.words.text(flagged ? "flagged" : "flag")));
    const count = this.area.refresh();
    if (this.count.textContent !== count) this.count.textContent = count;
    this.fieldset.disabled = this.flag.disabled = this.locked;
  }

  #change(patch) {
    if (patch && !this.locked) this.change(this.position, patch);
    this.refresh();
  }

  /** Locks the inputs (another tab, time up) or opens them. */
  lock(locked) {
    this.#locked = locked;
    if (this.area) this.refresh();
  }

  get locked() {
    return this.#locked || this.record.checked;
  }

  toggleFlag() {
    this.#change({ flagged: !this.record.flagged });
  }

  /** A letter key: "choose" or "strike" for the option at an index. */
  letter(command, index) {
    if (!this.locked) this.area.letter?.(command, index);
  }

  /** Asks how sure the learner is, before a check; never needed. */
  askConfidence() {
    if (part("sure", this.after)) return;
    const choices = [1, 2, 3].map((value) => {
      const input = h("input", { type: "radio", name: "confidence", checked: this.record.confidence === value });
      input.addEventListener("change", () => this.change(this.position, { confidence: value }));
      return h("label", null, input, h("span", null, this.words.text(`sure_${value}`)));
    });
    this.after.replaceChildren(h("fieldset", { "data-part": "sure" }, h("legend", null, this.words.text("how_sure")), h("div", { class: "seg" }, choices)));
  }

  /** Shows verdict and reasons of a check; `focus` moves to the verdict. They came over the network, and so does what draws them. */
  async explain(feedback, focus) {
    const { after, position } = this;
    const { reasons } = await import("./reasons.js");
    after.replaceChildren(...reasons(feedback, this.sitting.question(position).kind, this));
    this.refresh();
    // The reasons show every option with the answer that was given.
    this.fieldset.hidden = this.position === position;
    if (focus) after.firstChild.focus();
  }

  /** A note below the answer area, instead of what stood there. */
  note(...children) {
    this.after.replaceChildren(h("p", { class: "notice" }, children));
  }

  focus() {
    this.title.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}
