/** The drill builder: one choice of subject becomes the field the server knows, and a live line says what it comes to. */

const form = document.querySelector("[data-drill]");
const subject = form.querySelector("[data-subject]");
const line = document.querySelector("[data-summary]");
const hidden = document.createElement("input");
hidden.type = "hidden";
form.append(hidden);

/** How many questions on a subject fit the sources ticked, and how many of these were never seen. */
function stock([total, unseen, missed, flagged, both], sources) {
  if (!sources.size) return { fits: total, unseen };
  const had = (name, number) => (sources.has(name) ? number : 0);
  const twice = sources.has("missed") && sources.has("flagged") ? both : 0;
  return { fits: had("new", unseen) + had("missed", missed) + had("flagged", flagged) - twice, unseen: had("new", unseen) };
}

/** The line for so many questions, and its minutes: those of the clock, or about how long it takes without one. */
function pace(count, timing) {
  const clock = timing === "exam_pace" ? form.dataset.clock.split(" ")[count - 1] : "";
  return clock ? [form.dataset.lineTimed, clock] : [form.dataset.line, Math.max(1, Math.round(count * 0.9))];
}

function update() {
  const [name, value] = subject.value.split(":");
  if (name) hidden.name = name;
  else hidden.removeAttribute("name");
  hidden.value = value ?? "";
  const fields = new FormData(form);
  const { fits, unseen } = stock(subject.selectedOptions[0].dataset.stock.split(" ").map(Number), new Set(fields.getAll("sources")));
  const count = Math.min(Number(fields.get("count")), fits);
  const [words, minutes] = pace(count, fields.get("timing"));
  line.textContent = (count ? words : form.dataset.none)
    .replace("%count", count)
    .replace("%minutes", minutes)
    .replace("%new", Math.min(count, unseen));
}
form.addEventListener("change", update);
update();
