// The search dialog: "/" opens it, results come while typing, Enter without a choice goes to the results page.

const dialog = document.getElementById("search");
const input = dialog.querySelector("input");
const list = dialog.querySelector("#search-hits");
const status = dialog.querySelector("[data-search-status]");
const QUIET = 150;
let timer = 0;
let asked = 0;
let chosen = -1;

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
}

function typing(element) {
  return element.closest("input, select, textarea, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  const { keys } = document.documentElement.dataset;
  if (event.key !== "/" || event.ctrlKey || event.metaKey || keys === "off" || event.altKey !== (keys === "alt")) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  open();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-open-search]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open();
});

function entry(hit, index) {
  const link = document.createElement("a");
  link.href = hit.url;
  link.tabIndex = -1;
  const title = document.createElement("b");
  title.textContent = hit.title;
  const kind = document.createElement("span");
  kind.className = "tag";
  kind.textContent = hit.kind_label ?? hit.kind;
  const text = document.createElement("span");
  text.className = "sub";
  text.textContent = hit.text;
  link.append(title, kind, text);
  link.id = `search-hit-${index}`;
  link.role = "option";
  const item = document.createElement("li");
  item.role = "presentation";
  item.append(link);
  return item;
}

function choose(index) {
  const links = [...list.querySelectorAll("a")];
  if (!links.length) return;
  chosen = (index + links.length) % links.length;
  for (const [place, link] of links.entries()) link.setAttribute("aria-selected", place === chosen);
  links[chosen].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", links[chosen].id);
}

function show(hits, words) {
  list.replaceChildren(...hits.map(entry));
  chosen = -1;
  input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-expanded", hits.length > 0);
  status.textContent = words;
}

async function ask(query) {
  const turn = ++asked;
  const { searchUrl, searchExam, none, failed, count, countOne } = dialog.dataset;
  try {
    const answer = await fetch(`${searchUrl}?${new URLSearchParams({ exam: searchExam, q: query })}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const body = await answer.json();
    const hits = Array.isArray(body) ? body : body.results;
    if (turn !== asked) return;
    const found = hits.length === 1 ? countOne : count.replace("%s", hits.length);
    show(hits, hits.length ? found : none);
  } catch {
    if (turn === asked) show([], failed);
  }
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  const query = input.value.trim();
  if (query.length < 2) {
    asked += 1;
    show([], "");
  } else timer = setTimeout(() => ask(query), QUIET);
});

input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Enter" && chosen >= 0) location.assign(list.querySelectorAll("a")[chosen].href);
  else return;
  event.preventDefault();
});
