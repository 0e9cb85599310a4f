// The reasons after a check: the verdict, every option with why it is right or wrong, the rule, and where it is taught.

import { reporting } from "./report.js";
import { h, icon, LETTERS, marked } from "./text.js";

const DAY = 86_400_000;

/** The elements, first the heading of the verdict, which takes the focus. `sheet` has the words, and what a report needs: see report.js. */
export function reasons(feedback, kind, sheet) {
  const { words } = sheet;
  const look = feedback.right ? "right" : "wrong";
  const verdict = h("h2", { tabindex: -1, class: `outcome ${look}` }, icon(feedback.right ? "check" : "x"), said(feedback, words));
  const rows = feedback.options.map((option, index) => reason(option, kind, LETTERS[index], words));
  return [verdict, h("ul", { class: "explain" }, rows), learn(feedback, words), reporting(feedback, sheet)];
}

function said({ right, parts_right: n, parts }, words) {
  if (right) return words.text("verdict_right");
  return parts > 1 ? words.text("verdict_part", { n, parts }) : words.text("verdict_wrong");
}

/** An option with its verdict: icon, words, and the reason. */
function reason(option, kind, letter, words) {
  const [look, ...says] = (JUDGES[kind] ?? judgeChoice)(option);
  const lead = { ordering: "", matching: option.prompt ? [marked(option.prompt_text), " → "] : "" }[kind] ?? `${letter}. `;
  const values = { n: option.place, given: option.given_place, name: option.given_text, share: option.share };
  const verdict = says.map((key) => words.text(key, values)).join(" ");
  const texts = [h("span", { class: "o" }, lead, marked(option.text)), h("span", { class: "v" }, verdict), h("span", { class: "e" }, marked(option.rationale))];
  return h("li", { class: look }, icon(look === "right" ? "check" : "x"), texts);
}

/** The look of an option, and the keys of what is said of it; `share`: of a hundred learners, null while too few answered. */
export function judgeChoice({ correct, chosen, struck, share }) {
  const others = share == null ? [] : ["share"];
  if (correct) return ["right", chosen ? "right_chosen" : struck ? "right_struck" : "right_missed", ...others];
  if (chosen) return ["badpick", share == null ? "wrong_chosen" : "wrong_chosen_share"];
  return ["plain", struck ? "wrong_struck" : "wrong_option", ...others];
}

const JUDGES = {
  ordering({ place, given_place: yours }) {
    if (place === yours) return place ? ["right", "step_right"] : ["plain", "step_rightly_out"];
    if (!place) return ["badpick", "step_wrongly_in"];
    return ["badpick", yours ? "step_elsewhere" : "step_missed"];
  },
  matching({ prompt, correct, chosen }) {
    if (!prompt) return chosen ? ["badpick", "spare_used"] : ["plain", "spare"];
    if (correct) return ["right", "pair_right"];
    return ["badpick", chosen ? "pair_wrong" : "pair_missed"];
  },
};

/** In how many days, by this device's calendar, a moment is. */
export function daysUntil(moment, now = new Date()) {
  const [then, today] = [new Date(moment), new Date(now)].map((day) => day.setHours(12, 0, 0, 0));
  return Math.round((then - today) / DAY);
}

/** When the question comes back for review; nothing where it does not. */
function returns(moment, words) {
  if (!moment) return "";
  const days = daysUntil(moment);
  if (days > 1) return words.count("returns_in", days);
  return words.text(days === 1 ? "returns_tomorrow" : "returns_today");
}

function learn({ rule, lesson, source, returns_at: returnsAt }, words) {
  const link = ({ url, title }) => h("a", { href: url, target: "_blank", rel: "noreferrer" }, title);
  return h(
    "div",
    { class: "learn" },
    h("b", null, marked(rule)),
    h("p", null, words.text("from_lesson"), " ", link(lesson), ". ", returns(returnsAt, words)),
    h("p", { class: "note" }, words.text("source"), " ", link(source), ", ", words.text("checked_on", { date: words.date(source.checked) })),
  );
}
