// What is said aloud, and the line that says where the answers are.

import { h, icon, timeOfDay } from "./text.js";

const GAP = 100;
const STAY = 250;
const PATIENCE = 400;

/** One polite and one assertive region; messages queue, so that none swallows another. */
export class Announcer {
  #queue = [];
  #busy = false;

  constructor(polite, assertive) {
    this.regions = { polite, assertive };
  }

  polite(message) {
    this.#add("polite", message);
  }

  /** For what cannot wait: signed out, another tab, time up. */
  assertive(message) {
    this.#add("assertive", message);
  }

  #add(region, message) {
    if (this.#queue.some((waiting) => waiting.message === message)) return;
    this.#queue.push({ region, message });
    if (!this.#busy) this.#next();
  }

  #next() {
    const next = this.#queue.shift();
    this.#busy = Boolean(next);
    if (!next) return;
    // Emptied first, so that the same words twice are two changes.
    this.regions[next.region].textContent = "";
    setTimeout(() => {
      this.regions[next.region].textContent = next.message;
      setTimeout(() => this.#next(), this.#queue.length ? STAY : 0);
    }, GAP);
  }
}

const LOOKS = { saving: ["", null], saved: ["ok", "check"], offline: ["warn", "cloud"], waiting: ["warn", "repeat"], signed_out: ["bad", "warn"], other_tab: ["bad", "warn"] };

export class SaveState {
  #timer = null;
  #failed = false;

  /** `actions` has what the button of a state does. */
  constructor(element, { words, announcer, actions }) {
    Object.assign(this, { element, words, announcer, actions, state: null });
  }

  /** Said only when it takes long, and not over a failure that lasts. */
  saving() {
    if (this.#failed || this.state === "saving") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show("saving", this.words.text("saving")), PATIENCE);
  }

  saved(at) {
    this.#show("saved", this.words.text("saved", { time: timeOfDay(at) }));
    if (this.#failed) this.announcer.polite(this.words.text("saved_short"));
    this.#failed = false;
  }

  /** Nothing is unsent any more. */
  recovered() {
    if (this.#failed) this.saved(new Date());
  }

  offline(unsent) {
    this.#fail("offline", this.words.count("offline", unsent));
  }

  /** Counts the seconds to the next try down. */
  waiting(seconds) {
    this.#fail("waiting", this.words.count("waiting", seconds));
    if (seconds > 1) this.#timer = setTimeout(() => this.waiting(seconds - 1), 1000);
  }

  /** "signed_out" or "other_tab": cannot wait. */
  cut(state) {
    this.#fail(state, this.words.text(state), "assertive");
  }

  #fail(state, text, how = "polite") {
    const news = this.state !== state;
    this.#failed = true;
    this.#show(state, text);
    if (news) this.announcer[how](text);
  }

  #show(state, text) {
    clearTimeout(this.#timer);
    const [look, symbol] = LOOKS[state];
    const full = this.element.querySelector(".full");
    // While seconds run down only the words change, and the button keeps the focus.
    if (this.state === state && full) return full.replaceChildren(text);
    this.state = state;
    this.element.className = `save ${look}`;
    this.element.dataset.state = state;
    const act = this.actions[state];
    return this.element.replaceChildren(
      symbol ? icon(symbol) : h("i", { class: "spin" }),
      h("span", { class: "full" }, text),
      h("span", { class: "short", "aria-hidden": "true" }, this.words.text(`${state}_short`)),
      act ? h("button", { type: "button", class: "link", on: { click: act } }, this.words.text(`${state}_action`)) : "",
    );
  }
}
