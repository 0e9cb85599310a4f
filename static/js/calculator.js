/** The confusion-matrix calculator: measures from four counts at every change, presets, and a threshold to move. */

const root = document.querySelector("[data-calculator]");
const fields = Object.fromEntries(["tp", "fp", "fn", "tn"].map((name) => [name, document.getElementById(name)]));
const said = root.querySelector("[data-said-here]");
let speaking = 0;

const count = (name) => Math.max(0, Math.min(1_000_000, Math.trunc(Number(fields[name].value) || 0)));

function measures() {
  const [tp, fp, fn, tn] = ["tp", "fp", "fn", "tn"].map(count);
  return {
    accuracy: [tp + tn, tp + fp + fn + tn, `(${tp} + ${tn}) / (${tp} + ${fp} + ${fn} + ${tn})`, root.dataset.noCases],
    precision: [tp, tp + fp, `${tp} / (${tp} + ${fp})`, root.dataset.noPredicted],
    recall: [tp, tp + fn, `${tp} / (${tp} + ${fn})`, root.dataset.noActual],
    specificity: [tn, tn + fp, `${tn} / (${tn} + ${fp})`, root.dataset.noNegatives],
    f1: [2 * tp, 2 * tp + fp + fn, `2 × ${tp} / (2 × ${tp} + ${fp} + ${fn})`, root.dataset.noPositives],
  };
}

function show() {
  const answers = {};
  for (const [name, [top, bottom, working, missing]] of Object.entries(measures())) {
    const row = root.querySelector(`[data-measure="${name}"]`);
    answers[name] = bottom ? `${Math.round((100 * top) / bottom)} %` : root.dataset.undefined.replace("%s", missing);
    row.children[1].textContent = working;
    row.children[2].firstElementChild.textContent = answers[name];
  }
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    said.textContent = root.dataset.said.replace("%p", answers.precision).replace("%r", answers.recall).replace("%f", answers.f1);
  }, 500);
}

for (const field of Object.values(fields)) field.addEventListener("input", show);
for (const button of root.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    button.dataset.preset.split(",").forEach((value, index) => {
      fields[["tp", "fp", "fn", "tn"][index]].value = value;
    });
    show();
  });
}

// A hundred cases, every fourth really positive; scores overlap, so that no threshold is free of errors.
const cases = Array.from({ length: 100 }, (_, index) => {
  const positive = index % 4 === 0;
  const spread = ((index * 37) % 100) / 100;
  return { positive, score: Math.round(100 * (positive ? 0.35 + 0.6 * spread : 0.02 + 0.63 * spread * spread + 0.1 * spread)) };
});
const threshold = root.querySelector("[data-threshold]");
const slider = document.getElementById("threshold");
const box = document.getElementById("threshold-number");
threshold.hidden = false;

function move(value) {
  slider.value = box.value = value;
  const level = Number(value);
  fields.tp.value = cases.filter((one) => one.positive && one.score >= level).length;
  fields.fn.value = cases.filter((one) => one.positive && one.score < level).length;
  fields.fp.value = cases.filter((one) => !one.positive && one.score >= level).length;
  fields.tn.value = cases.filter((one) => !one.positive && one.score < level).length;
  show();
}
slider.addEventListener("input", () => move(slider.value));
box.addEventListener("input", () => move(Math.max(0, Math.min(100, Number(box.value) || 0))));
