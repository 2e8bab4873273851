// The app without a signal: its own files, and the pieces of the map that were looked at last.
// What was asked and answered is kept by the app itself, by who is logged in.
const SHELL = __SHELL__
const CACHE = 'shell-__VERSION__'
const MAP = 'map-tiles'
const MOST_TILES = 3000
const DROPPED_AT_A_TIME = 300

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)))
})

self.addEventListener('message', (event) => {
  if (event.data === 'take over') self.skipWaiting()
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith('shell-') && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

// A notice that is tapped opens the notices, in the page that is open if there is one.
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const notices = new URL('./#/notices', self.registration.scope).href
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then(async ([open]) => {
      if (!open) return self.clients.openWindow(notices)
      await open.focus()
      return open.navigate(notices)
    }),
  )
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== location.origin) return
  if (/\/v1\/map\/[^/]+\/tiles\//.test(url.pathname)) event.respondWith(tile(event.request))
  else if (!url.pathname.includes('/v1/') && !url.pathname.endsWith('/app-info')) event.respondWith(shell(event.request))
})

// The page itself comes from the server where it answers soon: with it come its present policies.
const PATIENCE_MS = 1500

async function shell(request) {
  if (request.mode === 'navigate') {
    const late = new Promise((_, fail) => setTimeout(fail, PATIENCE_MS))
    const fresh = await Promise.race([fetch(request), late]).catch(() => undefined)
    if (fresh?.ok) return fresh
  }
  const hit = await caches.match(request, { ignoreSearch: true, cacheName: CACHE })
  return hit ?? fetch(request)
}

// A piece of the map never changes within a version of the grid, which its address names.
async function tile(request) {
  const cache = await caches.open(MAP)
  const hit = await cache.match(request)
  if (hit) return hit
  const answer = await fetch(request)
  if (answer.ok) {
    const kept = answer.clone()
    cache.put(request, kept).then(() => trim(cache)).catch(() => trim(cache))
  }
  return answer
}

async function trim(cache) {
  const keys = await cache.keys()
  if (keys.length > MOST_TILES) await Promise.all(keys.slice(0, keys.length - MOST_TILES + DROPPED_AT_A_TIME).map((key) => cache.delete(key)))
}
