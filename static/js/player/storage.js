// What this browser keeps, and which of its tabs writes. Questions are kept so that a reload needs no network, and forgotten at
// submission or when the sitting must be over.

const STORES = { sittings: "attempt", answers: ["attempt", "position"] };
const IDLE = 14 * 24 * 3600 * 1000;

/** The store of this browser, or one that lasts as long as the page where the browser keeps nothing. */
export async function openStorage() {
  try {
    return new DeviceStorage(await open());
  } catch {
    return new PageStorage();
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("studyloop", 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = reject;
  });
}

class DeviceStorage {
  lasts = true;

  constructor(database) {
    this.database = database;
    database.onversionchange = () => database.close();
  }

  #ask(stores, mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(stores, mode);
      const request = work(...stores.map((name) => transaction.objectStore(name)));
      // Without a turn through this page before the commit, so that what was asked for is kept even if the tab dies now.
      if (mode === "readwrite") transaction.commit?.();
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  sitting(attempt) {
    return this.#ask(["sittings"], "readonly", (sittings) => sittings.get(attempt));
  }

  sittings() {
    return this.#ask(["sittings"], "readonly", (sittings) => sittings.getAll());
  }

  keepSitting(sitting) {
    return this.#ask(["sittings"], "readwrite", (sittings) => sittings.put(sitting));
  }

  answers(attempt) {
    return this.#ask(["answers"], "readonly", (answers) => answers.getAll(all(attempt)));
  }

  keepAnswer(attempt, record) {
    return this.#ask(["answers"], "readwrite", (answers) => answers.put({ ...record, attempt }));
  }

  forget(attempt) {
    return this.#ask(["sittings", "answers"], "readwrite", (sittings, answers) => {
      sittings.delete(attempt);
      return answers.delete(all(attempt));
    });
  }
}

function all(attempt) {
  return IDBKeyRange.bound([attempt], [attempt, []]);
}

class PageStorage {
  lasts = false;
  async sitting() {}
  async sittings() {
    return [];
  }
  async keepSitting() {}
  async answers() {
    return [];
  }
  async keepAnswer() {}
  async forget() {}
}

/** Whether a kept sitting must be over at `now` (milliseconds), whatever the server would say. */
export function isOver({ payload, at }, now) {
  const { deadline, can_pause: pausable, grace_seconds: grace } = payload ?? {};
  return now > (deadline && !pausable ? Date.parse(deadline) + grace * 1000 : (at ?? 0) + IDLE);
}

/** Forgets every other sitting that must be over or is another person's. The one that is opened is judged by the server. */
export async function forgetOld(storage, { attempt, owner }, now) {
  const old = (await storage.sittings()).filter((kept) => kept.attempt !== attempt && (kept.owner !== owner || isOver(kept, now)));
  for (const kept of old) await storage.forget(kept.attempt);
}

/**
 * One tab writes: the one opened last. The others hear of it, or find out before they write. `storage()` gives something like
 * localStorage and may raise; `channel` is like a BroadcastChannel and may be missing.
 */
export class TabLock {
  owns = false;

  constructor({ attempt, id, storage, channel, lost }) {
    Object.assign(this, { key: `studyloop.tab.${attempt}`, id, storage, channel, lost });
    if (channel) channel.onmessage = ({ data }) => data !== id && this.#lose();
  }

  /** Takes the sitting over from any other tab. */
  claim() {
    this.owns = true;
    this.#note((storage) => storage.setItem(this.key, this.id));
    this.channel?.postMessage(this.id);
  }

  /** Whether this tab may write; looks at the shared note too, since a frozen tab hears no message. */
  check() {
    const holder = this.#note((storage) => storage.getItem(this.key));
    if (holder && holder !== this.id) this.#lose();
    return this.owns;
  }

  release() {
    if (this.check()) this.#note((storage) => storage.removeItem(this.key));
  }

  #note(work) {
    try {
      return work(this.storage());
    } catch {
      // Blocked storage: the channel alone has to do.
      return null;
    }
  }

  #lose() {
    if (this.owns) {
      this.owns = false;
      this.lost();
    }
  }
}
