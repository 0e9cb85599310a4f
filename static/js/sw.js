// The service worker. Files with a hash in their name are kept for good; pages come from the network and, where there is none,
// from what was kept: the course and the reference, and the page of an open sitting. That page carries no question. Nothing
// under /api/ is touched, and nothing of a sitting is kept after its end.

/* global START */
const FILES = `files-${START.version}`;
const PAGES = "pages";
const SITTINGS = "sittings";
const HASHED = /\.[0-9a-f]{8,}\.\w+$/;
const READABLE = /^\/(?:[\w-]+\/(?:course|map|lessons|stages)\/|reference\/)/;
const SITTING = /^\/attempts\/[0-9a-f-]{36}\/(?:review\/)?$/;
const PATIENCE = 6000;
const WEEK = 7 * 24 * 3600 * 1000;

self.addEventListener("install", (event) => {
  // Past this worker altogether: what is handed over as a page goes away is lost on a detour through here.
  event.addRoutes?.({ condition: { urlPattern: "/api/*" }, source: "network" });
  event.waitUntil(keep(FILES, [START.offline, ...START.files]).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldFiles().then(() => self.clients.claim()));
});

async function forgetOldFiles() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("files-") && name !== FILES).map((name) => caches.delete(name)));
}

self.addEventListener("message", (event) => {
  const { data } = event;
  const work = [];
  if (data.keep) work.push(keep(FILES, data.keep.files), keep(SITTINGS, data.keep.pages.filter(matching(SITTING))));
  // The course as a visitor sees it: keeping a lesson is not opening it, and nobody's name is in it.
  if (data.keep) work.push(keep(PAGES, data.keep.pages.filter(matching(READABLE)), { credentials: "omit", lasts: WEEK }));
  if (data.forget) work.push(caches.open(SITTINGS).then((cache) => cache.delete(data.forget)));
  event.waitUntil(Promise.all(work));
});

function matching(pattern) {
  return (path) => pattern.test(path);
}

/** Keeps what is there now, but for files with a hash and what is younger than `lasts`. One that fails stops no other. */
async function keep(name, paths, { credentials = "same-origin", lasts = 0 } = {}) {
  const cache = await caches.open(name);
  for (const path of paths) {
    const kept = await cache.match(path);
    if (kept && (HASHED.test(path) || Date.now() - Date.parse(kept.headers.get("Date")) < lasts)) continue;
    const reply = await fetch(path, { credentials }).catch(() => null);
    if (reply?.ok && !reply.redirected) await cache.put(path, reply);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || pathname.startsWith("/api/")) return;
  if (request.method === "POST" && request.mode === "navigate" && pathname.startsWith("/accounts/")) event.waitUntil(forgetPages());
  if (request.method !== "GET") return;
  if (pathname.startsWith("/static/")) event.respondWith(file(request, pathname));
  else if (request.mode === "navigate") event.respondWith(page(request, pathname));
});

/** Somebody signs in or out: what was kept was for the one before. */
async function forgetPages() {
  await Promise.all([caches.delete(PAGES), caches.delete(SITTINGS)]);
}

async function file(request, path) {
  const kept = await caches.match(path);
  if (kept && HASHED.test(path)) return kept;
  return fetch(request).catch((error) => kept ?? Promise.reject(error));
}

/** From the network if it answers in time; else as it was kept; else the page that says so. */
async function page(request, path) {
  const place = SITTING.test(path) ? { name: SITTINGS, key: path.replace(/review\/$/, "") } : READABLE.test(path) ? { name: PAGES, key: path } : null;
  const kept = place && (await caches.open(place.name).then((cache) => cache.match(place.key)));
  const network = fetch(request);
  const reply = await Promise.race([network.catch(() => null), ...(kept ? [later()] : [])]);
  if (!reply) return kept ?? (await caches.match(START.offline)) ?? network;
  if (place && reply.ok && !reply.redirected && path === place.key) {
    const cache = await caches.open(place.name);
    await cache.put(place.key, reply.clone());
  }
  return reply;
}

function later() {
  return new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE));
}
