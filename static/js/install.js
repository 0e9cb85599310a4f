// Lets the site be installed, and keeps what is needed to go on without a network: an open sitting's page, and the course.

const IDLE = 2000;

/** What this page was made of, and the pages it names for reading offline. */
function toKeep() {
  const parts = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  const files = parts.filter((path) => path.startsWith("/static/"));
  const { base } = document.body.dataset;
  const course = navigator.connection?.saveData ? [] : [...document.querySelectorAll("a[data-offline]")].map((link) => link.pathname);
  return { files: [...new Set(files)], pages: base ? [base] : [...new Set(course)] };
}

async function install() {
  await navigator.serviceWorker.register("/sw.js");
  const { active } = await navigator.serviceWorker.ready;
  setTimeout(() => active.postMessage({ keep: toKeep() }), IDLE);
}

if ("serviceWorker" in navigator) install().catch(() => {});
