/// <reference lib="webworker" />
import { shared } from './files/shared.ts';
import { flush } from './outbox/sender.ts';
import { listen } from './push/worker.ts';

declare const self: ServiceWorkerGlobalScope & { registration: ServiceWorkerRegistration };
/** Set by the build: a hash over all assets, and their paths. */
declare const BUILD: string;
declare const ASSETS: string[];

const SHELL = `cv-shell-${BUILD}`;
const NAVIGATION_MS = 3000;
/** Inbox and conversations: shown from what is kept, and brought up to date by their stream. */
const LIVE = /^\/(c\/[^/]+\/?)?$/;
/** File names with a hash in them never change their content. */
const HASHED = /^\/(live\/chunks\/|VAADIN\/build\/)/;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    await fillCache(await caches.open(SHELL));
    await self.skipWaiting();
  })());
});

/** One after the other and with an end: a browser has six connections to a server, and the page needs them more. */
async function fillCache(cache: Cache): Promise<void> {
  for (const path of ASSETS) {
    const answer = await fetch(path, { cache: 'reload', signal: AbortSignal.timeout(10_000) });
    if (!answer.ok || answer.redirected) throw new Error(`${path} could not be loaded (${answer.status})`);
    await cache.put(path, answer);
  }
}

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    // The version before stays: an open page may still load its lazy parts.
    const shells = (await caches.keys()).filter((name) => name.startsWith('cv-shell-') && name !== SHELL);
    await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === 'POST' && url.origin === self.location.origin && url.pathname === '/share') event.respondWith(share(request));
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  // Data is the page's own matter, a preview is somebody else's page, and a login must never be answered from here or asked for twice.
  if (['/api/', '/login', '/logout', '/preview/'].some((path) => url.pathname.startsWith(path))) return;
  if (request.mode === 'navigate') event.respondWith(navigation(request));
  else if (HASHED.test(url.pathname)) event.respondWith(hashed(request));
  else if (ASSETS.includes(url.pathname)) event.respondWith(shell(request));
});

/** From the share sheet: the inbox says where to go with them. The server has no such address. */
async function share(request: Request): Promise<Response> {
  const form = await request.formData();
  await shared.add(form.getAll('files').filter((f): f is File => f instanceof File && f.name !== ''));
  return Response.redirect('/', 303);
}

/** What this side shows alone needs no server; Flow's views do, and fall back to the frame, which says so. */
async function navigation(request: Request): Promise<Response> {
  const shell = () => caches.match('/offline.html', { cacheName: SHELL });
  if (LIVE.test(new URL(request.url).pathname)) {
    const kept = await shell();
    if (kept) return kept;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), NAVIGATION_MS)));
  const offline = async () => (await shell()) ?? Response.error();
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (answer === 'late') return offline();
    // A proxy in front of a dead server answers for it.
    return [502, 503, 504].includes(answer.status) ? offline() : answer;
  } catch {
    return offline();
  } finally {
    clearTimeout(timer);
  }
}

async function hashed(request: Request): Promise<Response> {
  const known = await caches.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.type === 'basic') {
    const copy = answer.clone();
    void caches.open(SHELL).then((cache) => cache.put(request, copy)).catch(() => undefined);
  }
  return answer;
}

/** Of one build with this worker, so that page and parts fit together. */
async function shell(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: SHELL, ignoreSearch: true })) ?? fetch(request);
}

interface SyncEvent extends ExtendableEvent {
  tag: string;
}
self.addEventListener('sync', ((event: SyncEvent) => {
  if (event.tag !== 'cv-outbox') return;
  event.waitUntil(flush(() => undefined).then((result) => {
    // The browser asks again later, when this says that it failed.
    if (result.left) throw new Error('Something is left to send');
  }));
}) as EventListener);

listen(self);
