// Lets the site be installed, and keeps what is needed to go on without a network: an open sitting's page, and the course.

const IDLE = 2000;

/** What this page was made of, this page, and on the course's own page all its lessons. */
function toKeep() {
  const parts = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  const files = parts.filter((path) => path.startsWith("/static/"));
  const whole = location.pathname.endsWith("/course/") && !navigator.connection?.saveData;
  const lessons = whole ? [...document.querySelectorAll('main a[href*="/lessons/"]')].map((link) => link.pathname) : [];
  const pages = [document.body.dataset.base ?? location.pathname, ...lessons];
  return { files: [...new Set(files)], pages: [...new Set(pages)] };
}

async function install() {
  await navigator.serviceWorker.register("/sw.js");
  const { active } = await navigator.serviceWorker.ready;
  setTimeout(() => active.postMessage({ keep: toKeep() }), IDLE);
}

if ("serviceWorker" in navigator) install().catch(() => {});
