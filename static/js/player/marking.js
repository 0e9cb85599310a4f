// Waits for the mark: asks now and then, less and less often, and shows the result when it is there.

import { part } from "./text.js";

const FIRST = [500, 1000, 1000, 2000, 2000, 3000];
const THEN = 5000;
const LONG = 60_000;
const LATER = 15_000;

/** Milliseconds until the next look: after `looks` looks and `waited` milliseconds; `wish` is the server's, in seconds. */
export function delay(looks, waited, wish) {
  const own = FIRST[looks] ?? (waited < LONG ? Math.min(THEN, LONG - waited) || THEN : LATER);
  return Math.max(own, wish * 1000);
}

const page = globalThis.document?.querySelector("[data-status]");
const began = performance.now();
let looks = 0;
let wish = 0;
let timer = null;

async function look() {
  looks += 1;
  const reply = await fetch(page.dataset.status, { cache: "no-store" }).catch(() => null);
  wish = Number(reply?.headers.get("Retry-After")) || 0;
  const { state } = reply?.ok ? await reply.json().catch(() => ({})) : {};
  if (state && state !== page.dataset.state) return show();
  const long = performance.now() - began >= LONG;
  if (long && part("marking-long").hidden) {
    part("marking-text").hidden = true;
    part("marking-long").hidden = false;
    part("said").textContent = part("marking-long").textContent;
  }
  return plan();
}

function plan() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(look, delay(looks, performance.now() - began, wish));
}

/** The same address has the result now; the mark in it lets the focus go to the headline. */
function show() {
  if (!location.hash) history.replaceState(null, "", "#marked-0");
  location.reload();
}

if (page) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  plan();
}
