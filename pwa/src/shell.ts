import { connection } from './live/connection.ts';
import { asking, follow, forget, underWay } from './passage.ts';
import { found, wish } from './search/wish.ts';

/**
 * The frame's router. Inbox and conversations are shown by this side alone, at once and also when the server is away; everything else is
 * a view of Flow, which is started when the first of them is wanted. From then on Flow's router owns the history, and this one only
 * shows what the address says.
 */
const live = () => document.getElementById('live')!;
const outlet = () => document.getElementById('outlet')!;
const note = () => document.getElementById('note')!;

const FLOW_VIEWS: Record<string, string> = { workspaces: 'Workspaces', new: 'New', settings: 'Settings' };

let flow: Promise<void> | null = null;
let running = false;
let shown = '';
let settling: ReturnType<typeof setTimeout> | undefined;

const conversationIn = (path: string): string | null => {
  const id = /^\/c\/([^/]+)\/?$/.exec(path)?.[1];
  return id ? decodeURIComponent(id) : null;
};
const isLive = (path: string): boolean => path === '/' || conversationIn(path) !== null;
const ours = (path: string): boolean => isLive(path) || path.split('/')[1]! in FLOW_VIEWS;

export function startShell(): void {
  if (!document.getElementById('live')) return;
  document.addEventListener('click', clicked);
  document.addEventListener('keydown', toSearch);
  // The view is nearly there when the finger leaves the link.
  for (const intent of ['pointerdown', 'pointerover', 'focusin']) document.addEventListener(intent, approached, { passive: true });
  addEventListener('popstate', back);
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name].bind(history);
    history[name] = (state: unknown, unused: string, url?: string | URL | null) => {
      original(state, unused, url);
      if (!underWay()) show(location.pathname);
      dispatchEvent(new Event('cv-address'));
    };
  }
  // The router that Flow brings along counts its entries; those before it are counted for it.
  if (typeof (history.state as { idx?: number } | null)?.idx !== 'number') history.replaceState({ idx: 0 }, '');
  connection.addEventListener('state', () => {
    if (connection.state !== 'online' || note().hidden || !ours(location.pathname)) return;
    void startFlow();
  });
  comeBack();
  show(location.pathname, true);
  whenQuiet(() => void import('./elements/conversation.ts'));
  // A tap on a notification, while a page is open.
  navigator.serviceWorker?.addEventListener('message', (event: MessageEvent<{ go?: string }>) => {
    const path = event.data?.go;
    if (path && isLive(path)) go(new URL(path, location.origin));
  });
}

/** `/` is the way to the search wherever nobody types; in a conversation it begins a command. */
function toSearch(event: KeyboardEvent): void {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || conversationIn(location.pathname)) return;
  const at = event.composedPath()[0] as HTMLElement;
  if (at.isContentEditable || at.closest?.('input, textarea, select, [role=dialog]')) return;
  event.preventDefault();
  if (location.pathname === '/workspaces') dispatchEvent(new Event('cv-search'));
  else document.querySelector<HTMLElement>('nav[aria-label=Main] a[href="/workspaces"]')?.click();
  wish.focus = location.pathname !== '/workspaces' || document.querySelector('cv-search') === null;
}

/** The session had ended elsewhere, and the way back in led to the inbox. */
function comeBack(): void {
  try {
    const place = sessionStorage.getItem('cv-return');
    sessionStorage.removeItem('cv-return');
    if (place && location.pathname === '/' && place !== '/' && ours(new URL(place, location.origin).pathname)) history.replaceState({ idx: 0 }, '', place);
  } catch {
    // Storage is blocked: the inbox.
  }
}

function whenQuiet(run: () => void): void {
  const idle = window.requestIdleCallback ?? ((then: () => void) => setTimeout(then, 200));
  setTimeout(() => idle(run), 1000);
}

/** Shows what `path` stands for. @param search of the address, which may come only later */
function show(path: string, first = false, search = location.search): void {
  if (path === shown) return;
  const before = shown;
  shown = path;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.frame nav[aria-label=Main] a')) {
    if (link.pathname === path) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.querySelector('.frame')!.classList.toggle('in-conversation', conversationIn(path) !== null);
  const mine = isLive(path);
  live().hidden = !mine;
  outlet().hidden = mine;
  note().hidden = true;
  const id = conversationIn(path);
  if (!id) live().querySelector('.conversation')?.remove();
  const inbox = live().querySelector<HTMLElement>('.page');
  if (inbox) inbox.hidden = path !== '/';
  if (path === '/settings') for (const part of [import('./elements/push.ts'), import('./elements/ssh.ts')]) void part.catch(() => undefined);
  if (path === '/workspaces') void import('./search/search.ts').catch(() => undefined);
  // The way back to what was found ends where somebody goes another way.
  if (!id) found.address = '';
  if (path === '/') showInbox(inbox);
  else if (id) showConversation(id, search);
  else if (ours(path)) {
    void startFlow();
    if (running) beginAnewWhenEmpty();
  } else {
    document.title = 'Not found';
    note().innerHTML = '<div class="problem-page"><h1>There is nothing here</h1><p>The address is not one of this product. It may have been mistyped, or cut off.</p><a class="cv-button cv-primary" href="/">Inbox</a></div>';
    note().hidden = false;
  }
  if (!first && before) document.querySelector('main')!.focus({ preventScroll: true });
  dispatchEvent(new Event('cv-navigated'));
}

function showInbox(there: HTMLElement | null): void {
  document.title = 'Inbox';
  if (there) return;
  const page = document.createElement('div');
  page.className = 'page';
  page.innerHTML = '<header><h1>Inbox</h1><a class="cv-icon-button cv-to-search" href="/workspaces" aria-label="Search" title="Search (/)"><svg class="cv-icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m21 21-4.34-4.34"/><circle cx="11" cy="11" r="8"/></svg></a><cv-status></cv-status></header><div class="content"><cv-inbox></cv-inbox></div>';
  live().append(page);
}

function showConversation(id: string, search: string): void {
  const there = live().querySelector('cv-conversation');
  if (there?.getAttribute('conversation-id') === id) return;
  live().querySelector('.conversation')?.remove();
  document.title = 'Conversation';
  void import('./elements/conversation.ts');
  const box = document.createElement('div');
  box.className = 'conversation';
  const element = document.createElement('cv-conversation');
  element.setAttribute('conversation-id', id);
  element.setAttribute('place', search);
  box.append(element);
  live().append(box);
}

/** What a click on a link of ours asks for; null: it is none, or the browser shall do it. */
function wanted(event: Event): URL | null {
  const anchor = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
  if (!anchor || anchor.target || anchor.hasAttribute('download') || anchor.origin !== location.origin || !ours(anchor.pathname)) return null;
  return new URL(anchor.href);
}

function clicked(event: MouseEvent): void {
  if ((event.target as Element | null)?.closest?.('.cv-to-search')) wish.focus = true;
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = wanted(event);
  if (!url) return;
  if (running && connection.state === 'online') {
    // Flow's router does it, and asks the server first; the screen need not wait for that.
    if (isLive(url.pathname)) show(url.pathname, false, url.search);
    return follow(event, url);
  }
  event.preventDefault();
  go(url);
}

function go(url: URL): void {
  if (url.pathname + url.search === location.pathname + location.search) return;
  if (running) return location.assign(url);
  const at = (history.state as { idx?: number } | null)?.idx ?? 0;
  history.pushState({ idx: at + 1 }, '', url);
}

function approached(event: Event): void {
  const url = wanted(event);
  if (!url || isLive(url.pathname) || flow || connection.state === 'offline') return;
  void fetchFlow();
}

/** Flow's router takes a step back, asks, and steps again: only where that ends counts. */
function back(): void {
  forget();
  if (!running) return show(location.pathname);
  if (settling === undefined) show(location.pathname);
  clearTimeout(settling);
  settling = setTimeout(() => {
    settling = undefined;
    // Somebody has tapped meanwhile.
    if (underWay()) return;
    show(location.pathname);
    beginAnewWhenEmpty();
  }, 400);
}

const EMPTY_MS = 1000;
/** Its first parts may come over a slow line. */
const FIRST_EMPTY_MS = 10_000;

/**
 * Who goes on before Flow has arrived can make it lose its way, and it asks its first question only once: its place stays empty then,
 * whatever it is asked.
 */
function beginAnewWhenEmpty(patience = EMPTY_MS): void {
  const path = location.pathname;
  let since = performance.now();
  const look = () => {
    if (location.pathname !== path || isLive(path) || !ours(path) || outlet().querySelector('.page, h1')) return;
    if (connection.state !== 'online' || asking()) since = performance.now();
    if (performance.now() - since > patience) {
      console.warn(`Flow shows nothing at ${path}: ${outlet().innerHTML.slice(0, 200)}`);
      location.reload();
    } else setTimeout(look, 100);
  };
  look();
}

/** Where Flow begins: in this page, or, when the service worker had kept this page, in the one that the server gives now. */
async function flowEntry(): Promise<string> {
  const here = document.querySelector<HTMLMetaElement>('meta[name=cv-flow]')?.content;
  if (here && !navigator.serviceWorker?.controller) return here;
  const answer = await fetch('/workspaces', { headers: { accept: 'text/html' }, cache: 'no-store', signal: AbortSignal.timeout(8000) });
  if (answer.redirected) {
    location.assign(answer.url);
    throw new Error('The session is over');
  }
  const now = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const entry = now.querySelector<HTMLMetaElement>('meta[name=cv-flow]')?.content;
  if (!entry) throw new Error('The server did not answer with a page');
  return entry;
}

let fetched: Promise<string> | null = null;
function fetchFlow(): Promise<string> {
  fetched ??= flowEntry().then((entry) => {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = entry;
    document.head.append(link);
    return entry;
  });
  fetched.catch(() => (fetched = null));
  return fetched;
}

function startFlow(): Promise<void> {
  if (running) return Promise.resolve();
  const name = FLOW_VIEWS[location.pathname.split('/')[1] ?? ''] ?? '';
  if (note().hidden) say(name, 'Loading…');
  flow ??= (async () => {
    try {
      const entry = await fetchFlow();
      // Its first scripts are in the page that it expects to be in.
      const w = window as unknown as { Vaadin?: { TypeScript?: object }; JSCompiler_renameProperty?: (a: string) => string };
      (w.Vaadin ??= {}).TypeScript ??= {};
      w.JSCompiler_renameProperty ??= (a) => a;
      await import(/* @vite-ignore */ entry);
      running = true;
      beginAnewWhenEmpty(FIRST_EMPTY_MS);
      await filled(outlet());
      note().hidden = true;
    } catch {
      flow = null;
      setTimeout(() => isLive(location.pathname) || !ours(location.pathname) || void startFlow(), 3000);
      if (!isLive(location.pathname)) say(name, 'The server does not answer. This page comes back by itself.');
    }
  })();
  return flow;
}

/** Resolves when Flow has put something into its place. */
function filled(place: Element): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!place.querySelector('.page, h1')) return false;
      observer.disconnect();
      resolve();
      return true;
    };
    const observer = new MutationObserver(look);
    observer.observe(place, { childList: true, subtree: true });
    look();
  });
}

function say(title: string, words: string): void {
  note().innerHTML = '<div class="page"><header><h1></h1><cv-status></cv-status></header><p class="empty" role="status"></p></div>';
  note().querySelector('h1')!.textContent = title;
  note().querySelector('p')!.textContent = words;
  note().hidden = false;
}
