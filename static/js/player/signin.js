// Signing in again without leaving the page.

import { part } from "./text.js";

/** A small form in a dialog, or any other way in another tab. */
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
      this.#send();
    });
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

  async #send() {
    if (this.#busy) return;
    this.#busy = true;
    this.error.hidden = true;
    const problem = await this.#try().catch(() => this.words.text("sign_in_offline"));
    this.#busy = false;
    if (!problem) return;
    this.error.textContent = problem;
    this.error.hidden = false;
    this.error.focus();
  }

  /** What went wrong, in words; nothing when the session is the owner's. */
  async #try() {
    // Under the token of the session as it is now.
    if (await this.#look()) return "";
    const body = new FormData(this.form);
    body.set("csrfmiddlewaretoken", this.api.csrf);
    const reply = await fetch(this.form.action, { method: "POST", body, headers: { "X-Requested-With": "XMLHttpRequest" } });
    const { form } = await reply.json();
    if (!reply.ok) return [form, ...Object.values(form?.fields ?? {})].flatMap((place) => place?.errors ?? []).join(" ") || this.words.text("sign_in_failed");
    return (await this.#look()) ? "" : this.words.text("sign_in_other");
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
