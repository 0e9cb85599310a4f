// The end of a sitting: everything is sent first, then it is submitted under one key, however often that takes.

import { Unanswered } from "./api.js";
import { newId } from "./outbox.js";
import { h, part, timeOfDay } from "./text.js";

const AT_ONCE = 800;
const POLL = 200;
const ROUND = 3000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class HandIn {
  #running = false;

  /**
   * `kept` is the sitting this browser keeps and `keep()` stores it; `flush()` sends what is unsent and says whether all
   * arrived; `late()` tells whether the time is up; `say(message)` speaks; `done()` is the end.
   */
  constructor({ api, words, kept, keep, flush, late, say, done }) {
    Object.assign(this, { api, words, kept, keep, flush, late, say, done });
  }

  /** Submits, now or as soon as the server can be reached. Asking twice is asking once. */
  async submit() {
    this.kept.submit ??= { key: newId(), at: Date.now() };
    await this.keep();
    part("handing-in").hidden = false;
    part("stage").hidden = true;
    part("handing-in-title").focus();
    if (this.#running) return;
    this.#running = true;
    while (this.kept.submit && !(await this.#once())) {
      this.#waits();
      await Promise.race([pause(ROUND), new Promise((resolve) => addEventListener("online", resolve, { once: true }))]);
    }
    this.#running = false;
  }

  /** Takes a submission back that has not reached the server. */
  withdraw() {
    this.kept.submit = null;
    part("handing-in").hidden = true;
    part("stage").hidden = false;
    return this.keep();
  }

  /** One try; true when there is nothing more to try. */
  async #once() {
    try {
      if (!(await this.flush()) || !this.kept.submit) return false;
      const { status, data } = await this.api.ask("POST", "submit/", { headers: { "Idempotency-Key": this.kept.submit.key } });
      if (status !== 202 && data.code !== "closed") return false;
      await this.#marked();
      this.done();
      return true;
    } catch (error) {
      if (error instanceof Unanswered) return false;
      throw error;
    }
  }

  /** Waits a moment for the mark, so that most learners never see the waiting page. */
  async #marked() {
    for (let waited = 0; waited < AT_ONCE; waited += POLL) {
      await pause(POLL);
      const { data } = await this.api.ask("GET", "status/");
      if (data.state !== "submitted") return;
    }
  }

  /** Says that there is no connection, and since when the submission waits. */
  #waits() {
    const title = part("handing-in-title");
    const text = this.words.text("submit_requested", { time: timeOfDay(this.kept.submit.at) });
    if (title.textContent === text) return;
    title.textContent = text;
    part("handing-in-waits").hidden = false;
    part("withdraw").hidden = this.late();
    this.say(text);
  }
}

/** The last resort: what was answered, as a file. */
export function download(attempt, title, sitting) {
  const answers = [...sitting.records.values()].map(({ position, answer, flagged, seconds, order }) => ({ position, answer, flagged, seconds, on_server: !order }));
  const file = new Blob([JSON.stringify({ attempt, title, at: new Date(), answers }, null, 2)], { type: "application/json" });
  const link = h("a", { href: URL.createObjectURL(file), download: `answers-${attempt}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), ROUND);
}
