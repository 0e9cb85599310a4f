// The exam player: joins the parts, and owns what happens when. docs/player.md has the whole picture.

import { Announcer, SaveState } from "./announcer.js";
import { Unanswered } from "./api.js";
import { download, HandIn } from "./handin.js";
import { commandOf, Settings } from "./keyboard.js";
import { Navigator } from "./navigator.js";
import { newId, Outbox } from "./outbox.js";
import { QuestionView } from "./question.js";
import { Review } from "./review.js";
import { Sitting } from "./state.js";
import { TabLock } from "./storage.js";
import { h, part } from "./text.js";
import { Clock } from "./timer.js";

const QUIET = 30_000;
const REST = 15_000;
const SLEPT = 2000;
const WORTH_SAVING = 5;

export class Player {
  #shownAt = 0;
  #savedSeconds = 0;
  #synced = {};
  #feedback = new Map();
  #closed = false;
  #paused = false;
  #reviewing = false;
  #refused = 0;

  /** `payload` is the sitting as the server or this browser described it, `kept` and `answers` what this browser keeps of it. */
  constructor(root, { words, api, storage, payload, kept, answers }) {
    Object.assign(this, { root, words, api, storage, payload, kept });
    const { attempt, spoken } = root.dataset;
    const sitting = (this.sitting = new Sitting(payload, answers));
    const announcer = (this.announcer = new Announcer(part("polite"), part("assertive")));
    const say = (message) => announcer.polite(message);
    const go = (position) => this.go(position);
    this.settings = new Settings(root.dataset);
    this.outbox = new Outbox({
      sitting,
      send: (...save) => api.save(...save),
      keep: (record) => storage.keepAnswer(attempt, record),
      tell: (state, detail) => this.#heard(state, detail),
    });
    const change = (...change) => this.change(...change);
    this.question = new QuestionView(part("question"), { sitting, words, say, change, send: (...report) => this.#report(...report) });
    this.navigator = new Navigator(part("navigator"), { sitting, words, go });
    this.review = new Review({ sitting, words, go, submit: () => this.submit(), left: () => this.clock.left });
    const actions = { waiting: () => this.outbox.flush(), signed_out: () => this.#signIn(true), other_tab: () => this.#takeOver() };
    this.saveState = new SaveState(part("save"), { words, announcer, actions });
    this.handIn = new HandIn({
      api,
      words,
      kept,
      say,
      keep: () => storage.keepSitting(kept),
      flush: () => this.outbox.flush(),
      late: () => this.clock.left === 0,
      done: () => this.leave(),
    });
    this.clock = new Clock(part("time"), {
      words,
      announcer,
      hidden: this.settings.chosen.clock === "hidden",
      spoken: spoken === "yes",
      minutes: payload.minutes,
      counts: () => sitting.counts(),
      over: () => this.#timeUp(),
      remember: (hidden) => this.settings.choose({ clock: hidden ? "hidden" : "shown" }),
    });
    this.tabs = new TabLock({
      attempt,
      id: newId(),
      storage: () => localStorage,
      channel: globalThis.BroadcastChannel && new BroadcastChannel(attempt),
      lost: () => this.#otherTab(),
    });
  }

  /** Shows where the learner was and begins to listen. */
  start() {
    this.tabs.claim();
    this.#listen();
    part("loading").hidden = true;
    const { position, total } = { position: this.kept.position ?? this.payload.position, total: this.sitting.total };
    this.position = this.#inAddress() ?? Math.min(position, total);
    if (location.pathname.endsWith("/review/")) this.#showReview(false);
    else this.#show(this.position, false);
    this.#take(this.payload);
    if (!this.storage.lasts) this.#notice(this.words.text("storage_blocked"));
    if (this.kept.submit) this.submit();
    else if (this.sitting.unsent().length) this.outbox.flush();
  }

  #listen() {
    addEventListener("online", () => this.#seenAgain());
    addEventListener("pagehide", () => this.#away());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#seenAgain());
    addEventListener("beforeunload", (event) => !this.storage.lasts && this.sitting.unsent().length && event.preventDefault());
    addEventListener("popstate", () => (location.pathname.endsWith("/review/") ? this.#showReview(true) : this.#show(this.#inAddress() ?? this.position, true)));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#away() : this.#seenAgain()));
    document.addEventListener("keydown", (event) => this.#pressed(event));
    setInterval(() => this.#watch(), 1000);
    const acts = {
      previous: () => this.go(this.position - 1),
      next: () => this.next(),
      "to-review": () => this.toReview(),
      back: () => this.go(this.position),
      "hand-in": () => this.review.ask(),
      withdraw: () => this.#withdraw(),
      "open-navigator": () => this.navigator.open(),
      pause: () => this.#pause(),
      resume: () => this.#clockCall("resume/"),
      "add-minutes": () => this.#clockCall("add-minutes/"),
      "banner-close": () => this.clock.quiet(),
      "notice-close": () => (part("notice").hidden = true),
      keys: () => this.settings.open(),
      download: () => download(this.payload.id, this.payload.title, this.sitting),
    };
    document.addEventListener("click", ({ target }) => acts[target.closest("[data-act]")?.dataset.act]?.());
  }

  // Moving

  go(position) {
    if (position < 1 || position > this.sitting.total || this.#paused) return;
    if (this.#reviewing) history.pushState(null, "", this.root.dataset.base);
    this.#show(position, true);
  }

  next() {
    if (this.#checkable()) return this.#check(true);
    return this.position < this.sitting.total ? this.go(this.position + 1) : this.toReview();
  }

  toReview() {
    if (this.#paused) return;
    part("nav-dialog").close();
    if (!this.#reviewing) history.pushState(null, "", `${this.root.dataset.base}review/`);
    this.#showReview(true);
  }

  #inAddress() {
    const position = Number(location.hash.slice(1));
    return this.sitting.question(position) && position;
  }

  #show(position, focus) {
    this.#leave();
    this.#frame("question", this.words.text("question_of", { n: position, total: this.sitting.total }));
    history.replaceState(null, "", `#${position}`);
    this.position = this.kept.position = position;
    const record = this.sitting.record(position);
    record.seen = true;
    this.#shownAt = performance.now();
    this.#savedSeconds = record.version ? record.seconds : -Infinity;
    this.question.show(position);
    this.#afterwards();
    this.#refresh();
    if (focus) this.question.focus();
    this.storage.keepSitting(this.kept);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.#rememberPosition(), REST);
  }

  #showReview(focus) {
    this.#leave();
    this.#frame("review", this.words.text("review_title"));
    part("back-text").textContent = this.words.text("back_to", { n: this.position });
    this.review.refresh();
    this.#refresh();
    if (focus) this.review.title.focus();
  }

  #frame(view, title) {
    this.#reviewing = view === "review";
    this.root.dataset.view = view;
    document.title = `${title} – ${this.payload.title}`;
  }

  /** What stands around the question. */
  #refresh() {
    const { answered: n, seen } = this.sitting.counts();
    const { total } = this.sitting;
    this.navigator.refresh(this.position);
    part("progress").setAttribute("aria-label", this.words.text("progress", { n: seen, total }));
    part("progress").firstElementChild.style.inlineSize = `${(100 * seen) / total}%`;
    part("answered").textContent = this.words.text("answered_of", { n, total });
    part("previous").disabled = this.position === 1;
    part("next").firstChild.textContent = this.words.text(this.#checkable() ? "check" : this.position < total ? "next" : "to_review");
  }

  // Answering

  /** Something about a question was changed here. */
  change(position, patch) {
    if (!this.tabs.check() || this.#closed || this.#paused) return;
    const record = this.sitting.record(position);
    Object.assign(record, patch);
    this.#countSeconds();
    this.#savedSeconds = record.seconds;
    this.sitting.conflicts.delete(position);
    this.outbox.change(record);
    this.#afterwards();
    this.#refresh();
  }

  /** Adds the time that the question has been looked at. */
  #countSeconds() {
    const now = performance.now();
    if (!document.hidden && !this.#paused && !this.#reviewing) this.sitting.record(this.position).seconds += (now - this.#shownAt) / 1000;
    this.#shownAt = now;
  }

  /** A question is left, perhaps for good: that it was seen is worth saving, and so is more time spent on it. */
  #leave() {
    const record = this.sitting.record(this.position);
    if (this.#reviewing || this.#closed || !record.seen || !this.tabs.check()) return;
    this.#countSeconds();
    if (record.checked || record.seconds - this.#savedSeconds < WORTH_SAVING) return;
    this.#savedSeconds = record.seconds;
    this.outbox.change(record);
  }

  // Feedback after each question

  #checkable() {
    return this.payload.feedback === "each" && !this.#reviewing && !this.question.locked && this.sitting.status(this.position) === "answered";
  }

  /** What stands below the answer: another device's answer to settle, the reasons, or how sure the learner is. */
  #afterwards() {
    const mine = this.sitting.conflicts.get(this.position);
    if (mine) this.#offer(mine);
    else if (this.sitting.record(this.position).checked) this.#check(false);
    else if (this.#checkable()) this.question.askConfidence();
  }

  /** Locks the answer and shows why each option is right or wrong. */
  async #check(focus) {
    const { position } = this;
    const feedback = this.#feedback.get(position) ?? (await this.#ask(position));
    if (!feedback) return;
    this.#feedback.set(position, feedback);
    const record = this.sitting.record(position);
    record.checked = true;
    this.storage.keepAnswer(this.payload.id, record);
    if (this.position !== position || this.#reviewing) return;
    await this.question.explain(feedback, focus);
    this.#refresh();
  }

  async #ask(position) {
    let problem = this.words.text("check_offline");
    try {
      if (!(await this.outbox.flush())) throw new Unanswered("offline");
      const { status, data } = await this.api.ask("POST", `check/${position}/`);
      if (status === 200) return data;
      problem = data.detail;
    } catch (error) {
      this.#unanswered(error);
    }
    this.question.note(problem);
    return this.announcer.polite(problem);
  }

  /** Sends what a learner says about a question; raises Unanswered. */
  async #report(url, what) {
    try {
      return await this.api.ask("POST", url, { json: { ...what, attempt: this.payload.id } });
    } catch (error) {
      this.#unanswered(error);
      throw error;
    }
  }

  /** Another device saved a different answer: it stands, and ours is one click away. */
  #offer({ answer, position }) {
    const use = () => {
      this.change(position, { answer });
      this.question.show(position);
      this.question.focus();
    };
    this.question.note(this.words.text("conflict"), " ", h("button", { type: "button", class: "btn", on: { click: use } }, this.words.text("use_mine")));
    this.announcer.polite(this.words.text("conflict"));
  }

  // What the outbox says

  #heard(state, { reply, unsent, wait, code, record } = {}) {
    const acts = {
      saving: () => this.saveState.saving(),
      saved: () => {
        this.#serverTime(reply);
        if (!unsent) this.saveState.saved(new Date(reply.saved_at));
      },
      offline: () => this.saveState.offline(unsent),
      busy: () => this.saveState.waiting(wait),
      signed_out: () => this.#signIn(),
      paused: () => this.#sync(),
      conflict: () => this.#conflict(record),
      refused: () => this.#refusal(code, record),
    };
    acts[state]();
  }

  #conflict({ position }) {
    this.#refresh();
    if (position !== this.position || this.#reviewing) return;
    this.question.show(position);
    this.#afterwards();
  }

  #refusal(code, { position }) {
    if (code === "checked") return;
    this.#refused += 1;
    if (code === "closed") this.leave();
    else if (code === "late") this.submit();
    else this.#notice(this.words.text("refused", { n: position }));
  }

  async #signIn(again = false) {
    this.saveState.cut("signed_out");
    const { SignIn } = await import("./signin.js");
    this.signIn ??= new SignIn(part("sign-in"), { api: this.api, words: this.words, back: () => this.#seenAgain() });
    this.signIn.ask(again);
  }

  #unanswered(error) {
    if (!(error instanceof Unanswered)) throw error;
    if (error.kind === "signed_out") this.#signIn();
  }

  // The server's clock

  #serverTime({ deadline, now }) {
    this.#take({ deadline, remaining_seconds: deadline && (Date.parse(deadline) - Date.parse(now)) / 1000, paused: false });
  }

  /** Takes over what the server says about state and time. */
  #take(status) {
    if (status.state && status.state !== "in_progress") return this.leave();
    this.#synced = { at: performance.now(), wall: Date.now() };
    this.payload.deadline = status.deadline;
    this.clock.sync(status);
    return this.#pausedAs(status.paused);
  }

  async #sync() {
    this.#synced = { at: performance.now(), wall: Date.now() };
    try {
      const { status, data } = await this.api.ask("GET", "status/");
      if (status === 200) this.#take(data);
    } catch (error) {
      this.#unanswered(error);
    }
  }

  /** Once a second: has the device slept, or been silent for long, so that the deadline must be asked for? */
  #watch() {
    const gone = performance.now() - this.#synced.at;
    const slept = Date.now() - this.#synced.wall - gone > SLEPT;
    const quiet = this.clock.left !== null && gone > QUIET;
    if (this.tabs.check() && !this.#closed && !document.hidden && (slept || quiet)) this.#sync();
  }

  async #timeUp() {
    if (this.#closed) return;
    // The time may have been raised a moment ago.
    await this.#sync();
    if (this.clock.left !== 0 || !this.tabs.owns) return;
    const text = this.words.text("time_up");
    this.announcer.assertive(text);
    this.#notice(text, false);
    this.submit();
  }

  async #pause() {
    this.#leave();
    if (await this.outbox.flush()) await this.#clockCall("pause/");
    else this.#notice(this.words.text("needs_connection"));
  }

  async #clockCall(path) {
    try {
      const { status, data } = await this.api.ask("POST", path);
      this.clock.quiet();
      if (status === 200) this.#take(data);
      else this.#notice(data.detail);
    } catch (error) {
      this.#notice(this.words.text("needs_connection"));
      this.#unanswered(error);
    }
  }

  #pausedAs(paused) {
    const changed = this.#paused !== paused;
    if (changed) this.#countSeconds();
    this.#paused = paused;
    part("pause").hidden = !this.payload.can_pause || paused;
    part("paused").hidden = !paused;
    part("stage").hidden = paused || Boolean(this.kept.submit);
    if (!changed) return;
    if (paused) part("paused-title").focus();
    else {
      this.outbox.flush();
      this.question.focus();
    }
  }

  // Away and back

  #away() {
    if (!this.tabs.check() || this.#closed) return;
    this.#leave();
    this.outbox.handOver();
    this.#rememberPosition(true);
  }

  async #seenAgain() {
    this.#shownAt = performance.now();
    if (!this.tabs.check() || this.#closed) return;
    this.#sync();
    if (await this.outbox.flush()) this.saveState.recovered();
  }

  #rememberPosition(last = false) {
    if (this.#closed || !this.tabs.owns || this.position === this.payload.position) return;
    this.payload.position = this.position;
    this.api.ask("PATCH", "", { json: { position: this.position }, last }).catch(() => {});
  }

  #otherTab() {
    this.outbox.stop();
    this.question.lock(true);
    this.saveState.cut("other_tab");
  }

  /** Makes this the tab that writes again, from what the other one left on this device. */
  async #takeOver() {
    this.tabs.claim();
    this.#shownAt = performance.now();
    for (const record of await this.storage.answers(this.payload.id)) Object.assign(this.sitting.record(record.position), record);
    this.question.lock(false);
    this.#show(this.position, true);
    this.#seenAgain();
  }

  // The end

  submit() {
    this.#leave();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    this.#closed = true;
    this.question.lock(true);
    this.handIn.submit();
  }

  async #withdraw() {
    if (this.clock.left === 0) return;
    await this.handIn.withdraw();
    this.#closed = false;
    this.question.lock(false);
    this.toReview();
  }

  /** Forgets the questions on this device and goes to the result. */
  async leave() {
    this.#closed = true;
    this.outbox.stop();
    const { id } = this.payload;
    const lost = this.#refused + this.sitting.unsent().length;
    this.tabs.release();
    await this.storage.forget(id);
    navigator.serviceWorker?.controller?.postMessage({ forget: this.root.dataset.base });
    location.replace(`${this.root.dataset.result}#marked-${lost}`);
  }

  #notice(text, say = true) {
    part("notice-text").textContent = text;
    part("notice").hidden = false;
    if (say) this.announcer.polite(text);
  }

  #pressed(event) {
    const found = commandOf(event, this.settings.chosen.keys);
    if (!found || document.querySelector("dialog[open]") || this.#paused || this.#closed) return;
    const { command, index } = found;
    const acts = {
      next: () => this.next(),
      previous: () => this.go(this.position - 1),
      navigator: () => this.navigator.open(),
      review: () => this.toReview(),
      time: () => this.announcer.polite(this.clock.inWords()),
      keys: () => this.settings.open(),
      flag: () => this.#reviewing || this.question.toggleFlag(),
    };
    const act = acts[command] ?? (() => this.#reviewing || this.question.letter(command, index));
    event.preventDefault();
    act();
  }
}
