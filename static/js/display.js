// Display and access: a change shows at once and is saved at once; the button is for browsers without script.

const form = document.querySelector("[data-display]");
const status = form.querySelector("[data-status]");
const page = document.documentElement;

form.querySelector("button[type=submit]").hidden = true;

function show() {
  const chosen = new FormData(form);
  const set = (name, value) => (value ? page.setAttribute(name, value) : page.removeAttribute(name));
  set("data-theme", chosen.get("theme") === "auto" ? "" : chosen.get("theme"));
  set("data-text", chosen.get("text_size") === "100" ? "" : chosen.get("text_size"));
  set("data-letters", chosen.has("readable_letters") ? "readable" : "");
  set("data-motion", chosen.has("reduced_motion") ? "less" : "");
  set("data-keys", chosen.get("shortcut_keys"));
}

async function save() {
  status.textContent = "";
  let saved = false;
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    saved = answer.ok;
  } catch {
    saved = false;
  }
  status.classList.toggle("failed", !saved);
  status.textContent = saved ? form.dataset.saved : form.dataset.failed;
}

form.addEventListener("change", () => {
  show();
  save();
});
