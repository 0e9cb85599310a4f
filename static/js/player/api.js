// The server, over HTTP. Tells apart: an answer, no network, a server in trouble, and a session that has ended.

const PATIENCE = 15_000;

/** A request without an answer: "offline", "busy" (with `after` seconds or null) or "signed_out". */
export class Unanswered extends Error {
  constructor(kind, after = null) {
    super(kind);
    Object.assign(this, { kind, after });
  }
}

export class Api {
  /** `api` is the attempt's address; `who` answers {mine, csrf}: whether the session owns it, and its token. */
  constructor({ api, who, csrf }) {
    Object.assign(this, { base: api, who, csrf });
  }

  /** {status, data} of a request below the attempt's address, or at a whole path; raises Unanswered. `last`: the page goes, nobody waits. */
  async ask(method, path = "", { json, headers, last = false } = {}) {
    const once = () => this.#once(method, path, json, headers, last);
    const reply = await once();
    if (last || ![401, 403, 404].includes(reply.status)) return reply;
    // The session may have ended, or only its token changed.
    await this.identify();
    return reply.status === 403 ? once() : reply;
  }

  /** Makes sure that the session is the owner's, and takes its token; raises Unanswered. */
  async identify() {
    const { data } = await this.#fetch(this.who, {});
    this.csrf = data.csrf;
    if (!data.mine) throw new Unanswered("signed_out");
  }

  #once(method, path, json, headers, last) {
    const body = json && JSON.stringify(json);
    const type = json && { "Content-Type": "application/json" };
    // What is under way when the page goes is still delivered.
    return this.#fetch(path.startsWith("/") ? path : this.base + path, { method, body, keepalive: method !== "GET", headers: { "X-CSRFToken": this.csrf, ...type, ...headers } }, last);
  }

  async #fetch(url, options, last = false) {
    const signal = last ? null : AbortSignal.timeout(PATIENCE);
    try {
      const reply = await fetch(url, { cache: "no-store", signal, ...options });
      if (reply.status >= 500 || reply.status === 429) throw new Unanswered("busy", Number(reply.headers.get("Retry-After")) || null);
      // Half a reply, or somebody else's page (a hotel's sign-in), is no answer.
      const data = reply.status === 204 ? {} : await reply.json().catch((error) => (reply.ok ? Promise.reject(error) : {}));
      return { status: reply.status, data };
    } catch (error) {
      if (error instanceof Unanswered) throw error;
      throw new Unanswered(error.name === "TimeoutError" ? "busy" : "offline");
    }
  }

  /** Sends one save and says what became of it, as the outbox wants to hear it. */
  async save(position, json, last) {
    try {
      const { status, data } = await this.ask("PUT", `responses/${position}/`, { json, last });
      if (status < 300) return { kind: "saved", reply: data };
      if (data.code === "stale" && data.stored) return { kind: "stale", stored: data.stored };
      return data.code === "paused" ? { kind: "paused" } : { kind: "refused", code: data.code };
    } catch (error) {
      if (error instanceof Unanswered) return error;
      throw error;
    }
  }
}
