// What an answer is, kind by kind, and the state of one sitting. Pure.
//
// Choice kinds (case studies are choices too): a list of keys. Ordering: keys by place, null for a place not chosen yet.
// Matching: {prompt key: answer key}. An empty answer is null, and every change makes a new one.

/** How many parts a full answer has. */
export function needed(question) {
  return question.kind === "matching" ? question.prompts.length : question.choose;
}

/** How many parts are given. */
export function given(answer) {
  return Object.values(answer ?? []).filter((key) => key !== null).length;
}

/** Whether two answers say the same; the server may keep one in another order or drop empty places at the end. */
export function same(question, one, other) {
  const [first, second] = [one, other].map((answer) => JSON.stringify(canonical(question, answer)));
  return first === second;
}

function canonical(question, answer) {
  if (answer === null) return null;
  if (question.kind === "ordering") return answer.slice(0, answer.findLastIndex((key) => key !== null) + 1);
  return Array.isArray(answer) ? answer.toSorted() : Object.entries(answer).sort();
}

/** Chooses or clears an option. Undefined when that would choose more than the question asks for. */
export function toggled(question, answer, key) {
  const chosen = new Set(answer);
  if (chosen.delete(key)) return inOrder(question, chosen);
  if (question.choose === 1) return [key];
  return chosen.size < question.choose ? inOrder(question, chosen.add(key)) : undefined;
}

/** The answer without this option. */
export function without(question, answer, key) {
  return inOrder(question, new Set((answer ?? []).filter((other) => other !== key)));
}

function inOrder(question, chosen) {
  return emptied(question.options.map((option) => option.key).filter((key) => chosen.has(key)));
}

/** Puts a step on a place (1 to n), or takes it off (place 0). A step that stood there swaps places with it. */
export function placed(question, answer, key, place) {
  const places = Array.from({ length: question.choose }, (_, index) => answer?.[index] ?? null);
  const from = places.indexOf(key);
  const displaced = place ? places[place - 1] : null;
  if (from >= 0) places[from] = displaced;
  if (place) places[place - 1] = key;
  return emptied(places);
}

/** The place (1 to n) of a step, 0 when it has none. */
export function placeOf(answer, key) {
  return (answer?.indexOf(key) ?? -1) + 1;
}

/** Matches a prompt with an answer, or clears it with an empty key. */
export function matched(answer, prompt, key) {
  const pairs = { ...answer, [prompt]: key };
  if (!key) delete pairs[prompt];
  return Object.keys(pairs).length ? pairs : null;
}

function emptied(keys) {
  return keys.some((key) => key !== null) ? keys : null;
}

const STORED = ["answer", "version", "save_id", "flagged", "struck", "seconds", "confidence", "checked"];

/**
 * What is known of one position. `order`: its place among the unsent changes, 0 when the server has everything; `sent`: save
 * ids that may have reached the server although no reply came.
 */
function blank(position) {
  const stored = { answer: null, version: 0, save_id: null, flagged: false, struck: [], seconds: 0, confidence: null, checked: false };
  return { position, ...stored, seen: false, order: 0, sent: [] };
}

export class Sitting {
  /** From the server's description, and the records this browser kept. */
  constructor({ questions, responses }, kept = []) {
    this.questions = questions;
    this.total = questions.length;
    this.records = new Map(questions.map(({ position }) => [position, blank(position)]));
    /** Where another device answered differently in the meantime: position -> our own record. */
    this.conflicts = new Map();
    for (const response of responses ?? []) this.adopt(response.position, response);
    for (const record of kept) if (this.records.has(record.position)) this.#merge(record);
  }

  question(position) {
    return this.questions[position - 1];
  }

  record(position) {
    return this.records.get(position);
  }

  /** Takes over what the server has stored for a position. */
  adopt(position, stored) {
    const known = STORED.filter((name) => stored[name] !== undefined).map((name) => [name, stored[name]]);
    Object.assign(this.record(position), Object.fromEntries(known), { seen: true, order: 0, sent: [] });
  }

  #merge(kept) {
    const current = this.record(kept.position);
    if (kept.order) this.reconcile(kept, current.version ? { ...current } : null);
    else if (kept.version > current.version) Object.assign(current, kept);
    current.seen ||= kept.seen;
  }

  /**
   * Settles an unsent record with what the server has stored (null: nothing). True when the server holds another device's
   * answer: that one stands then, and ours is kept among the conflicts.
   */
  reconcile(mine, stored) {
    const { position } = mine;
    const ours = !stored || stored.version <= mine.version || mine.sent.includes(stored.save_id);
    if (stored?.save_id === mine.save_id) this.adopt(position, stored);
    else if (ours || same(this.question(position), stored.answer, mine.answer))
      Object.assign(this.record(position), mine, { version: stored?.version ?? mine.version, sent: [] });
    else {
      this.conflicts.set(position, { ...mine });
      this.adopt(position, stored);
      return true;
    }
    return false;
  }

  /** "answered", "part", "seen" or "unseen". */
  status(position) {
    const { answer, seen } = this.record(position);
    const count = given(answer);
    if (!count) return seen ? "seen" : "unseen";
    return count < needed(this.question(position)) ? "part" : "answered";
  }

  isOpen(position) {
    return this.status(position) !== "answered";
  }

  /** The positions for which a test holds, in order. */
  positions(test = () => true) {
    return [...this.records.keys()].filter(test);
  }

  /** How many questions are in each state. */
  counts() {
    const count = (test) => this.positions(test).length;
    const is = (status) => count((position) => this.status(position) === status);
    const [answered, part, unseen] = ["answered", "part", "unseen"].map(is);
    const flagged = count((position) => this.record(position).flagged);
    return { answered, part, flagged, none: this.total - answered - part, open: this.total - answered, seen: this.total - unseen };
  }

  /** What this browser has not yet handed to the server, oldest change first. */
  unsent() {
    return [...this.records.values()].filter((record) => record.order).sort((one, other) => one.order - other.order);
  }
}
