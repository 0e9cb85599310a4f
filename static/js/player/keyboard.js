// From a key to what it does. Single letters are off, plain or with Alt; none counts while a text field or select has focus.

import { part } from "./text.js";

const CHOICES = "ABCDE";
const PLACES = "123456";
const COMMANDS = { F: "flag", N: "next", P: "previous", G: "navigator", R: "review", T: "time", "?": "keys" };
const TICKS = /^(radio|checkbox|button|submit)$/;

function takesText({ tagName, type, isContentEditable }) {
  return /^(SELECT|TEXTAREA)$/.test(tagName) || (tagName === "INPUT" && !TICKS.test(type)) || Boolean(isContentEditable);
}

/** {command, index} for a keydown under the mode "off", "plain" or "alt"; null when it is not ours. */
export function commandOf(event, mode) {
  if (mode === "off" || event.isComposing || event.repeat || takesText(event.target)) return null;
  if (event.ctrlKey || event.metaKey || event.altKey !== (mode === "alt")) return null;
  const letter = letterOf(event);
  const place = letter.length === 1 && mode !== "alt" ? PLACES.indexOf(letter) : -1;
  if (place >= 0) return { command: "choose", index: place };
  const index = letter.length === 1 ? CHOICES.indexOf(letter) : -1;
  if (index >= 0) return { command: event.shiftKey ? "strike" : "choose", index };
  const command = COMMANDS[letter];
  return command && (letter === "?" || !event.shiftKey) ? { command } : null;
}

/** With Alt some systems type another character, so there the place of the key counts. */
function letterOf({ key, code, altKey, shiftKey }) {
  if (altKey && /^Key[A-Z]$/.test(code)) return code.at(-1);
  if (altKey && shiftKey && code === "Slash") return "?";
  return key.length === 1 ? key.toUpperCase() : key;
}

/**
 * What this device adds to the account's settings: shortcut keys and the hidden clock. A choice made here holds until the
 * account's own setting changes.
 */
export class Settings {
  constructor({ keys, clock }) {
    this.account = { keys, clock };
    this.chosen = { ...this.account, ...this.#kept() };
    const inputs = document.querySelectorAll("[name=keys]");
    for (const input of inputs) {
      input.checked = input.value === this.chosen.keys;
      input.addEventListener("change", () => this.choose({ keys: input.value }));
    }
  }

  #kept() {
    try {
      const { account, chosen } = JSON.parse(localStorage.getItem("studyloop.settings"));
      return JSON.stringify(account) === JSON.stringify(this.account) ? chosen : {};
    } catch {
      return {};
    }
  }

  choose(change) {
    Object.assign(this.chosen, change);
    try {
      localStorage.setItem("studyloop.settings", JSON.stringify({ account: this.account, chosen: this.chosen }));
    } catch {
      // Blocked storage: it holds for this page.
    }
  }

  open() {
    part("keys-dialog").showModal();
  }
}
