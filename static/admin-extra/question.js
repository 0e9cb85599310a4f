// The form of a question: the checklist follows what is written, what does not belong to the kind is hidden, and nothing written
// is lost: every twenty seconds the form is kept in this browser until it is stored.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("question_form");
  if (!form) return;
  const find = (part) => form.querySelector(`[data-part="${part}"]`);
  const list = find("checklist");
  const notice = find("unsent");
  const name = `question-form:${location.pathname}`;
  const KEEP = 20_000;
  const REST = 700;
  let typing;
  let changed = false;

  const entries = () => [...new FormData(form)].filter(([field, value]) => field !== "csrfmiddlewaretoken" && typeof value === "string");

  async function check() {
    const response = await fetch(list.dataset.url, { method: "POST", body: new FormData(form) });
    if (response.ok && !response.redirected) list.innerHTML = await response.text();
  }

  function keep() {
    if (!changed) return;
    changed = false;
    localStorage.setItem(name, JSON.stringify({ at: Date.now(), entries: entries() }));
  }

  function forget() {
    localStorage.removeItem(name);
    notice.hidden = true;
  }

  /** Puts kept values back; options beyond those on the page are added first. */
  function restore() {
    const { entries: kept } = JSON.parse(localStorage.getItem(name));
    const total = Number(kept.find(([field]) => field === "options-TOTAL_FORMS")?.[1] ?? 0);
    const add = () => form.querySelector("#options-group .add-row a");
    while (Number(form.elements["options-TOTAL_FORMS"].value) < total && add()) add().click();
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
    for (const field of new Set(kept.map(([each]) => each))) {
      const values = kept.filter(([each]) => each === field).map(([, value]) => value);
      if (!field.endsWith("_FORMS")) put(form.elements[field], values);
    }
    notice.hidden = true;
    show();
    check();
  }

  function put(element, values) {
    if (!element) return;
    if (element.type === "checkbox") element.checked = true;
    else if (element.multiple) for (const option of element.options) option.selected = values.includes(option.value);
    else element.value = values[0];
  }

  /** Places are for ordering, prompts for matching, marks for the rest; scenarios for case studies. */
  function show() {
    const kind = form.elements.kind?.value ?? find("kind").dataset.kind;
    const ordering = kind === "ordering";
    const matching = kind === "matching";
    const wanted = { position: ordering, prompt: matching, correct: kind !== "" && !ordering && !matching };
    for (const [field, on] of Object.entries(wanted))
      for (const box of form.querySelectorAll(`#options-group .fieldBox.field-${field}`)) box.hidden = kind !== "" && !on;
    const choose = form.querySelector(".fieldBox.field-choose");
    choose.hidden = !["", "multiple_response", "case_study"].includes(kind);
    const scenario = form.querySelector(".form-row.field-scenario");
    if (scenario) scenario.hidden = kind !== "case_study" && !scenario.querySelector(".errorlist");
  }

  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(typing);
    typing = setTimeout(check, REST);
  });
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.dataset.act === "preview") return;
    changed = false;
    localStorage.removeItem(name);
  });
  form.addEventListener("click", (event) => {
    if (event.target.dataset.act === "restore") restore();
    if (event.target.dataset.act === "forget") forget();
  });
  setInterval(keep, KEEP);
  addEventListener("pagehide", keep);
  const refused = form.querySelector(".errornote");
  notice.hidden = Boolean(refused) || !localStorage.getItem(name);
  show();
  if (refused) {
    changed = true;
    check();
  }
});
