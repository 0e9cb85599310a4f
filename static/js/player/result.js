// What the result page cannot say from the server: that it has just arrived, and what never reached us.

import { openStorage } from "./storage.js";
import { part } from "./text.js";

const headline = part("headline");
const marked = /^#marked-(\d+)$/.exec(location.hash);

/** Answers that this browser still holds for a sitting that is over; they are forgotten with it. */
async function leftBehind() {
  const storage = await openStorage();
  const left = await storage.answers(headline.dataset.attempt);
  await storage.forget(headline.dataset.attempt);
  return left.filter((record) => record.order).length;
}

function tellLate(count) {
  const text = part("late-text");
  text.textContent = (count === 1 ? text.dataset.one : text.dataset.many).replace("{n}", count);
  part("late").hidden = false;
}

if (marked) {
  history.replaceState(null, "", location.pathname + location.search);
  headline.focus();
  part("said").textContent = headline.textContent;
}
const asked = document.getElementById(location.hash.slice(1));
if (asked?.tagName === "DETAILS") {
  asked.open = true;
  asked.scrollIntoView();
}
const late = Number(marked?.[1] ?? 0) + (await leftBehind());
if (late) tellLate(late);
