// The service worker: opens a few pages without a network. `KEEPS` is written before this by the server: the version, the files
// and pages it keeps, and which page stands in for which address. No page that somebody was shown is ever kept.

const CACHE = `shaodao-${KEEPS.version}`;
const PATIENCE = 5000; // milliseconds until a kept page stands in on a line that hardly works

// Drawn for nobody: fetched without cookies.
const anew = (path) => new Request(path, { credentials: "omit", cache: "no-cache" });

async function keep() {
  const cache = await caches.open(CACHE);
  const staff = (await caches.match(KEEPS.ofStaff)) ? [KEEPS.ofStaff] : [];
  await cache.addAll([...KEEPS.files, ...[...KEEPS.pages, ...staff].map(anew)]);
}

async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith("shaodao-") && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));

/** A new version takes over when the only page open is the one that asks: no form that is being filled in loses its files. */
async function takeOver() {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (open.length <= 1) self.skipWaiting(); // not awaited: it takes over once this message is done with
}

self.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(takeOver());
  if (event.data === "keep for staff") event.waitUntil(caches.open(CACHE).then((cache) => cache.add(anew(KEEPS.ofStaff))));
});

function inTime(answer) {
  return new Promise((done, fail) => {
    setTimeout(() => fail(new Error("late")), PATIENCE);
    answer.then(done, fail);
  });
}

async function page(request, path) {
  const cache = await caches.open(CACHE);
  const own = KEEPS.standsIn[path] && (await cache.match(KEEPS.standsIn[path]));
  try {
    return await (own ? inTime(fetch(request)) : fetch(request));
  } catch {
    return own ?? (await cache.match(KEEPS.otherwise)) ?? Response.error();
  }
}

async function file(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, pathname));
  else if (KEEPS.files.includes(pathname)) event.respondWith(file(request));
});
