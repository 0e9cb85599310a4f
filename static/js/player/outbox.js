// Carries changes to the server: kept on this device at once, sent in order, sent again until there is an answer.

const PAUSE = 300;
const FIRST_WAIT = 2;
const LONGEST_WAIT = 30;

/** A random UUID (version 4); crypto.randomUUID would need a secure context. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function body({ answer, version, save_id, flagged, struck, seconds, confidence }, ahead = 0) {
  return { answer, base_version: version + ahead, save_id, flagged, struck, seconds: Math.round(seconds), confidence };
}

/**
 * `send(position, body, last)` answers {kind}: "saved" with `reply`, "stale" with `stored`, "refused" with `code`, "offline",
 * "busy" with `after` (seconds), "signed_out" or "paused". `keep(record)` stores a record on this device. `tell(state, detail)`
 * hears "saving", "saved", "offline", "busy", "signed_out", "paused", "conflict" and "refused".
 */
export class Outbox {
  #wait = 0;
  #timer = null;
  #round = null;
  #flying = null;
  #stopped = false;
  #handed = new Set();

  constructor({ sitting, send, keep, tell }) {
    Object.assign(this, { sitting, send, keep, tell });
    this.counter = Math.max(0, ...sitting.unsent().map((record) => record.order));
  }

  /** A record has changed: on this device when the promise is done, and on its way to the server. */
  change(record) {
    record.save_id = newId();
    record.order ||= ++this.counter;
    if (!this.#wait) this.#schedule(PAUSE);
    return this.keep(record);
  }

  /** Sends everything now, whatever the waiting time; true when the server has all of it. */
  flush() {
    clearTimeout(this.#timer);
    this.#handed.clear();
    this.#stopped = false;
    this.#round ??= this.#run().finally(() => (this.#round = null));
    return this.#round;
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The page goes away: hands over what is unsent without waiting. A save still under way will count the version up. */
  handOver() {
    for (const record of this.sitting.unsent()) {
      const flying = record === this.#flying;
      if (this.#handed.has(record.save_id) || (flying && record.sent.at(-1) === record.save_id)) continue;
      this.#handed.add(record.save_id);
      record.sent.push(record.save_id);
      this.keep(record);
      this.send(record.position, body(record, flying ? 1 : 0), true);
    }
  }

  #schedule(milliseconds) {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.flush(), milliseconds);
  }

  async #run() {
    let record;
    while (!this.#stopped && (record = this.sitting.unsent()[0])) {
      if (!(await this.#deliver(record))) return false;
    }
    return !record;
  }

  /** One save; false when there was no answer. */
  async #deliver(record) {
    const sent = body(record);
    record.sent = [...record.sent, sent.save_id].slice(-20);
    // Before the request, so that a save whose reply is lost is known as ours afterwards.
    await this.keep(record);
    this.tell("saving");
    this.#flying = record; // only now: a page that goes while the record is being kept must still hand it over
    const outcome = await this.send(record.position, sent, false);
    this.#flying = null;
    if (!(outcome.kind in SETTLE)) return this.#back(record, outcome);
    this.#wait = 0;
    const news = SETTLE[outcome.kind](this.sitting, record, sent, outcome);
    await this.keep(record);
    if (news) this.tell(news, { ...outcome, record, unsent: this.sitting.unsent().length });
    return true;
  }

  #back(record, { kind, after }) {
    if (kind === "offline" || kind === "busy") {
      // What the server fails on goes last, so that it holds up nothing else.
      if (kind === "busy") record.order = ++this.counter;
      this.#wait = after ?? Math.min(LONGEST_WAIT, this.#wait * 2 || FIRST_WAIT);
      this.#schedule(this.#wait * 1000);
    }
    this.tell(kind, { wait: this.#wait, unsent: this.sitting.unsent().length });
    return false;
  }
}

/** What becomes of a record by the server's answer; returns what to tell. */
const SETTLE = {
  saved(sitting, record, sent, { reply }) {
    Object.assign(record, { version: reply.version, sent: [], order: record.save_id === sent.save_id ? 0 : record.order });
    return "saved";
  },
  stale(sitting, record, sent, { stored }) {
    return sitting.reconcile({ ...record }, stored) ? "conflict" : null;
  },
  refused(sitting, record) {
    record.order = 0;
    return "refused";
  },
};
