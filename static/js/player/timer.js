// Time left: counted on the page's own steady clock between the server's words, shown silently, said aloud at the marks.

import { part } from "./text.js";

/** Seconds left at which something is said. */
export const MARKS = [1800, 600, 300, 60, 0];
const [, WARN, SOON, URGENT] = MARKS;
const RAISED = 30;

/** `clock` gives milliseconds that only go forward, as performance.now does. */
export class Countdown {
  #end = null;
  #frozen = null;
  #before = null;

  constructor(clock) {
    this.clock = clock;
  }

  /** The server's word: seconds left (null: no limit), and whether the clock stands. True when time was given. */
  sync(seconds, paused) {
    const before = this.left;
    this.#frozen = paused ? seconds : null;
    this.#end = seconds === null ? null : this.clock() + seconds * 1000;
    const raised = before !== null && (seconds === null || seconds - before > RAISED);
    // A sitting opened after its end passes the last mark at once.
    if (raised || this.#before === null) this.#before = seconds || 1;
    return raised;
  }

  /** Seconds left, not below 0; null without a limit. */
  get left() {
    if (this.#frozen !== null || this.#end === null) return this.#frozen;
    return Math.max(0, (this.#end - this.clock()) / 1000);
  }

  /** The lowest mark passed since the last call, or undefined. */
  passed() {
    const { left } = this;
    if (left === null) return undefined;
    const passed = MARKS.findLast((mark) => this.#before > mark && left <= mark);
    this.#before = left;
    return passed;
  }
}

/** Seconds as 1:12:40 or 41:20. */
export function clockFace(seconds) {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  return parts.map((number, index) => (index ? String(number).padStart(2, "0") : number)).join(":");
}

export class Clock {
  #extra = 0;

  /**
   * `counts()` tells what is open and flagged; `over()` is called when the time is up; `spoken`: warnings are said aloud;
   * `remember(hidden)` keeps the choice to hide the clock; `minutes` are those of the whole sitting.
   */
  constructor(root, { words, announcer, hidden, spoken, counts, over, remember, minutes }) {
    Object.assign(this, { root, words, announcer, spoken, counts, over });
    this.warns = !minutes || minutes * 60 > WARN;
    this.countdown = new Countdown(() => performance.now());
    this.face = part("clock", root);
    this.toggle = part("clock-toggle", root);
    this.banner = part("banner");
    this.toggle.addEventListener("click", () => remember(this.#hide(!this.root.classList.contains("off"))));
    this.#hide(hidden);
    setInterval(() => this.#tick(), 250);
  }

  /** Takes the server's word over: {remaining_seconds, paused, can_add_minutes}. */
  sync({ remaining_seconds: seconds, paused, can_add_minutes: extra = this.#extra }) {
    this.#extra = extra;
    const raised = this.countdown.sync(seconds, paused);
    this.root.hidden = seconds === null;
    this.#tick();
    if (!raised) return;
    const text = seconds === null ? this.words.text("limit_gone") : this.words.text("raised", { left: this.inWords() });
    this.#note(text);
    this.announcer.polite(text);
  }

  get left() {
    return this.countdown.left;
  }

  /** The words for the time left. */
  inWords() {
    if (this.left === null) return this.words.text("no_limit");
    const seconds = Math.ceil(this.left);
    return seconds < 120 ? this.words.count("seconds_left", seconds) : this.#minutes(seconds);
  }

  /** Takes the note about the time away. */
  quiet() {
    this.banner.hidden = true;
  }

  #minutes(seconds) {
    return this.words.count("minutes_left", Math.floor(seconds / 60));
  }

  #tick() {
    const { left } = this;
    if (left === null) return;
    const face = clockFace(left);
    if (this.face.textContent !== face) this.face.textContent = face;
    this.root.classList.toggle("warn", this.warns && left <= WARN);
    this.root.classList.toggle("bad", left <= URGENT);
    const mark = this.countdown.passed();
    if (mark !== undefined) this.#reached(mark);
  }

  #hide(hidden) {
    this.root.classList.toggle("off", hidden);
    this.toggle.setAttribute("aria-pressed", hidden);
    this.toggle.firstChild.textContent = this.words.text(hidden ? "show_clock" : "hide_clock");
    return hidden;
  }

  #reached(mark) {
    if (mark === 0) return this.over();
    const { open, flagged } = this.counts();
    const minutes = this.#minutes(mark);
    if (mark === WARN) {
      this.#hide(false);
      this.#note(`${minutes}. ${this.words.count("open_and_flagged", open, { flagged })}`);
    }
    if (mark === URGENT) this.#note(minutes, this.#extra > 0);
    if (!this.spoken) return undefined;
    if (mark === URGENT) return this.announcer.assertive(minutes);
    return this.announcer.polite(mark === SOON ? `${minutes}, ${this.words.count("n_open", open)}` : minutes);
  }

  #note(text, addable = false) {
    part("banner-text").textContent = text;
    part("add-minutes").hidden = !addable;
    this.banner.hidden = false;
  }
}
