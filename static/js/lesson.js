/** Inline checks answered in place, and the section where the reader is, kept for an account. */

const lesson = document.querySelector("[data-lesson]");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

async function send(method, url, body) {
  const answer = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

function show(place, kind, title, text) {
  const box = document.createElement("div");
  box.className = `verdict ${kind}`;
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "ico");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", kind === "right" ? "#i-check" : "#i-x");
  icon.append(use);
  const head = document.createElement("b");
  head.textContent = title;
  const body = document.createElement("p");
  body.textContent = text;
  box.append(icon, head, body);
  place.replaceChildren(box);
}

for (const form of document.querySelectorAll("form[data-check]")) {
  form.addEventListener("submit", async (event) => {
    const chosen = new FormData(form).get("option");
    if (chosen === null) return;
    event.preventDefault();
    const place = form.querySelector("[data-outcome]");
    try {
      const outcome = await send("POST", form.dataset.url, { option: Number(chosen) });
      const why = outcome.right ? outcome.why : `${outcome.why} ${outcome.correct_why}`;
      show(place, outcome.right ? "right" : "wrong", outcome.right ? form.dataset.right : form.dataset.wrong, why.replaceAll("**", ""));
    } catch {
      show(place, "wrong", form.dataset.failed, "");
    }
  });
}

if (lesson?.dataset.signedIn === "yes" && "IntersectionObserver" in window) {
  let kept = "";
  let waiting = 0;
  const observer = new IntersectionObserver(
    (entries) => {
      const seen = entries.filter((entry) => entry.isIntersecting).at(-1)?.target.id;
      if (!seen || seen === kept) return;
      kept = seen;
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        send("PUT", `/api/v1/lessons/${lesson.dataset.lesson}/progress/`, { state: "begun", section: kept }).catch(() => {});
      }, 1500);
    },
    { rootMargin: "-10% 0px -60% 0px" },
  );
  for (const heading of document.querySelectorAll(".prose h2[id]")) if (heading.id !== "sources-title") observer.observe(heading);
}
