// "Report a problem", below the reasons: it opens in place, goes to the instructors, and what was written stays until it has arrived.

import { Unanswered } from "./api.js";
import { part } from "./text.js";

const PATIENCE = 400;
const made = new WeakMap();

/** The element for a checked question, the same one whenever its reasons are shown; nothing where nobody could be answered. */
export function reporting(feedback, sheet) {
  const template = part("report");
  if (!template) return "";
  if (!made.has(feedback)) made.set(feedback, new Report(template.content.firstElementChild.cloneNode(true), feedback, sheet));
  return made.get(feedback).shown();
}

class Report {
  #busy = false;

  /** `send(url, what)` answers {status, data} or raises Unanswered; `say(message)` speaks; `words` has the messages. */
  constructor(element, feedback, { send, say, words }) {
    Object.assign(this, { element, feedback, send, say, words });
    this.details = element.querySelector("details");
    // Two places, so that closing the form moves no words that stand.
    this.places = { problem: part("report-problem", element), sent: part("report-sent", element) };
    const fields = element.querySelector(".form");
    const text = fields.querySelector("textarea");
    // Keys pressed in here are the form's, also those on a button or a choice.
    fields.addEventListener("keydown", (event) => event.stopPropagation());
    fields.addEventListener("change", () => (text.required = Boolean(fields.querySelector("[value=other]:checked"))));
  }

  /** The question's own area is a form, and a form holds no other: the fields name one that stands outside. */
  shown() {
    const form = part("report-form");
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#submit(Object.fromEntries(new FormData(form)));
    };
    return this.element;
  }

  async #submit(what) {
    if (this.#busy) return;
    this.#busy = true;
    this.#show("sent", "");
    const slow = setTimeout(() => this.#show("problem", this.words.text("report_sending")), PATIENCE);
    const problem = await this.#try(what);
    clearTimeout(slow);
    this.#busy = false;
    this.places.problem.classList.toggle("wrong", Boolean(problem));
    this.#show("problem", problem);
    if (problem) return;
    this.#show("sent", this.words.text("report_sent", { n: this.feedback.position }));
    const inside = this.element.contains(document.activeElement);
    this.details.open = false;
    if (inside) this.details.firstElementChild.focus();
  }

  /** What went wrong, in words; nothing when it has arrived. */
  async #try(what) {
    try {
      const { status, data } = await this.send(this.feedback.report_url, what);
      return status === 201 ? "" : Object.values(data.errors ?? {}).flat().join(" ") || data.detail || this.words.text("report_busy");
    } catch (error) {
      if (error instanceof Unanswered) return this.words.text(`report_${error.kind}`);
      throw error;
    }
  }

  #show(place, message) {
    this.places[place].hidden = !message;
    this.places[place].textContent = message;
    if (!message) return;
    this.say(message);
    // Not below the bar at the foot of the page; unless the learner is elsewhere by now.
    if (this.element.contains(document.activeElement)) this.places[place].scrollIntoView({ block: "nearest" });
  }
}
