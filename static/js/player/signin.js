// Signing in again without leaving the page.

import { part } from "./text.js";

// What allauth's views tell a script from a page by.
const headers = { "X-Requested-With": "XMLHttpRequest" };

/** A small form in a dialog, a passkey where the browser has them, or any other way in another tab. */
export class SignIn {
  #waiting = false;
  #busy = false;

  /** `back()` is called when the session is the owner's again. */
  constructor(dialog, { api, words, back }) {
    Object.assign(this, { dialog, api, words, back });
    this.form = part("sign-in-form", dialog);
    this.error = part("sign-in-error", dialog);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(() => this.#byPassword());
    });
    const passkey = part("sign-in-passkey", dialog);
    // Browsers before 2025 have passkeys, but not these words for them; the page in another tab has.
    if (passkey && globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
      passkey.hidden = false;
      passkey.addEventListener("click", () => this.#send(() => this.#byPasskey(passkey.dataset.url)));
    }
    part("sign-in-later", dialog).addEventListener("click", () => dialog.close());
    // Signed in elsewhere (another tab, a passkey): this page notices when it is looked at again.
    document.addEventListener("visibilitychange", () => !document.hidden && this.#waiting && this.#look().catch(() => {}));
  }

  /** Asks once; `again` asks also after the dialog was put off. */
  ask(again = false) {
    if (this.dialog.open || (this.#waiting && !again)) return;
    this.#waiting = true;
    this.dialog.showModal();
  }

  async #send(way) {
    if (this.#busy) return;
    this.#busy = true;
    this.error.hidden = true;
    const problem = await this.#try(way).catch(() => this.words.text("sign_in_offline"));
    this.#busy = false;
    if (!problem) return;
    this.error.textContent = problem;
    this.error.hidden = false;
    this.error.focus();
  }

  /** What went wrong, in words; nothing when the session is the owner's. */
  async #try(way) {
    // Under the token of the session as it is now.
    if (await this.#look()) return "";
    return (await way()) || ((await this.#look()) ? "" : this.words.text("sign_in_other"));
  }

  /** Who is let in is led on to `next`; who is not, or not yet, elsewhere. */
  #post(url, body, next) {
    body.set("csrfmiddlewaretoken", this.api.csrf);
    body.set("next", next);
    return fetch(url, { method: "POST", body, headers });
  }

  async #byPassword() {
    // Where a second step, taken in another tab, ends too.
    const home = "/";
    const reply = await this.#post(this.form.action, new FormData(this.form), home);
    const { form, location: to } = await reply.json();
    if (reply.ok) return to === home ? "" : this.words.text("sign_in_more");
    return [form, ...Object.values(form?.fields ?? {})].flatMap((place) => place?.errors ?? []).join(" ") || this.words.text("sign_in_failed");
  }

  /** The server asks, and the device answers. */
  async #byPasskey(url) {
    const failed = this.words.text("passkey_failed");
    const asked = await fetch(url, { headers });
    const { request_options: options } = await asked.json().catch(() => ({}));
    if (!options) return failed;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
    // Refused by the device or its owner, or under an address that can have no passkeys.
    const credential = await navigator.credentials.get({ publicKey }).catch(() => null);
    if (!credential) return failed;
    const body = new FormData();
    body.set("credential", JSON.stringify(credential));
    const reply = await this.#post(url, body, this.api.who);
    return reply.url.endsWith(this.api.who) ? "" : failed;
  }

  /** Whether the session is the owner's; if so, goes on. */
  async #look() {
    try {
      await this.api.identify();
    } catch (error) {
      if (error.kind === "signed_out") return false;
      throw error;
    }
    this.#waiting = false;
    this.dialog.close();
    this.form.reset();
    this.back();
    return true;
  }
}
