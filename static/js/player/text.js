// Words and the elements that hold them. Texts become text nodes, never markup.

const MARK = /`([^`]+)`|\*\*(?!\s)(.+?)(?<!\s)\*\*|\*(?!\s)(.+?)(?<!\s)\*/gs;
const KINDS = ["code", "strong", "em"];
const SVG = "http://www.w3.org/2000/svg";

/** A text with its three inline marks as [{kind, text}]: "code", "strong", "em", or "" for the rest. */
export function tokens(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > end) found.push({ kind: "", text: text.slice(end, match.index) });
    const which = match.slice(1).findIndex((part) => part !== undefined);
    found.push({ kind: KINDS[which], text: match[which + 1] });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: "", text: text.slice(end) });
  return found;
}

/** The text without its marks, on one line. */
export function plain(text) {
  const words = tokens(text).map((token) => token.text);
  return words.join("").replace(/\s+/g, " ").trim();
}

/** The first words of a text. */
export function opening(text, length) {
  const words = plain(text);
  if (words.length <= length) return words;
  const cut = words.lastIndexOf(" ", length - 1);
  return `${words.slice(0, cut > length / 2 ? cut : length - 1)}…`;
}

/** The paragraphs of a stem; the last is what is asked, a closing question parted from what leads to it. */
export function paragraphs(stem) {
  const parts = stem.trim().split(/\s*\n\s*\n\s*/);
  const last = parts.pop();
  const boundary = /[.!?][”"')]?\s+(?=[“"'(]?\p{Lu}[^.!?]*(?:[.!?]\S[^.!?]*)*\?\W*$)/u.exec(last);
  const at = boundary ? boundary.index + boundary[0].length : 0;
  return [...parts, ...(at ? [last.slice(0, at).trim()] : []), last.slice(at)];
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/**
 * The page's messages in its language: `messages` has a text or a list of plural forms by key, `plural[n]` tells which form
 * fits the count n, as the server's gettext decides it; `dates` has the long date of each month, as the server writes it.
 */
export class Catalogue {
  constructor({ messages, plural, dates }) {
    Object.assign(this, { messages, plural, dates });
  }

  text(key, values = {}) {
    return filled(this.messages[key], values);
  }

  /** The form that fits the count, which is also its {n}. */
  count(key, n, values = {}) {
    return filled(this.messages[key][this.plural[n < this.plural.length ? n : 100 + (n % 100)]], { n, ...values });
  }

  /** A day of the calendar, "2026-11-20", in words. */
  date(iso) {
    const [year, month, padded] = iso.split("-");
    return filled(this.dates[month - 1], { year, padded, day: Number(padded) });
  }
}

/** A time of day as the page's language writes it. */
export function timeOfDay(date) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
}

/** An element. `on` has listeners, true is an empty attribute, null and false none; children may be nested lists. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (value != null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** A symbol of the page's sprite; decoration only. */
export function icon(name) {
  const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS(SVG, tag));
  svg.setAttribute("class", "ico");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A text with its marks as nodes. */
export function marked(text) {
  return tokens(text).map((token) => (token.kind ? h(token.kind, null, token.text) : token.text));
}

/** Words that only a screen reader meets. */
export function hidden(...children) {
  return h("span", { class: "vh" }, ...children);
}

/** The element with this data-part. */
export function part(name, root = document) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** Letters of options, as they stand. */
export const LETTERS = "ABCDEFGHIJ";
