/** The drill builder: one choice of subject becomes the field the server knows, and a live line says what it comes to. */

const form = document.querySelector("[data-drill]");
const subject = form.querySelector("[data-subject]");
const line = document.querySelector("[data-summary]");
const hidden = document.createElement("input");
hidden.type = "hidden";
form.append(hidden);

function update() {
  const [name, value] = subject.value.split(":");
  if (name) hidden.name = name;
  else hidden.removeAttribute("name");
  hidden.value = value ?? "";
  const stock = Number(subject.selectedOptions[0].dataset.stock);
  const count = Math.min(Number(new FormData(form).get("count")), stock);
  line.textContent = form.dataset.line
    .replace("%count", count)
    .replace("%minutes", Math.max(1, Math.round(count * 0.9)))
    .replace("%stock", stock);
}
form.addEventListener("change", update);
update();
