// A draft in the parts of the real player: the author answers, asks for the explanation, and looks at it in other ways.

import { QuestionView } from "./player/question.js";
import { Sitting } from "./player/state.js";
import { Catalogue, part } from "./player/text.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const { check, csrf } = document.body.dataset;
const words = new Catalogue(read("words"));
const payload = read("payload");
const page = document.documentElement;
let sitting;
let view;

function say(message) {
  part("polite").textContent = message;
}

/** Shows the question with nothing answered. */
function ask() {
  sitting = new Sitting(payload);
  const change = (position, patch) => Object.assign(sitting.record(position), patch);
  view = new QuestionView(part("question"), { sitting, words, say, change });
  view.show(1);
  press("asked");
}

/** Shows what a learner would be told after the answer that stands there. */
async function explain() {
  const { answer } = sitting.record(1);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
  const response = await fetch(check, { method: "POST", headers, body: JSON.stringify({ answer }) });
  const feedback = await response.json();
  if (!response.ok) return view.note(feedback.detail);
  sitting.record(1).checked = true;
  await view.explain(feedback, true);
  press("explained");
}

function press(name) {
  for (const button of document.querySelectorAll("[data-act]")) button.setAttribute("aria-pressed", button.dataset.act === name);
}

const LOOKS = {
  phone: (on) => document.body.classList.toggle("phone", on),
  dark: (on) => (on ? (page.dataset.theme = "dark") : delete page.dataset.theme),
  large: (on) => (on ? (page.dataset.text = "200") : delete page.dataset.text),
  rtl: (on) => (page.dir = on ? "rtl" : "ltr"),
};

document.addEventListener("click", ({ target }) => {
  const { act, look } = target.closest("[data-act], [data-look]")?.dataset ?? {};
  if (act === "asked") ask();
  if (act === "explained") explain();
  if (look) {
    const button = target.closest("[data-look]");
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    LOOKS[look](on);
  }
});
document.addEventListener("submit", (event) => event.preventDefault());
ask();
