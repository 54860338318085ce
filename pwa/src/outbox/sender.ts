import { db } from '../db.ts';
import type { Problem } from '../wire.ts';
import { nextToSend, outcomeOf } from './entries.ts';
import type { Entry, Outcome } from './entries.ts';

/** Says to all pages and the service worker of this browser that the outbox changed. */
export const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('cv-outbox');

type Attempt = Outcome & { answered: boolean };

export interface Flushed {
  /** something is left that should be tried again */
  left: boolean;
  login: boolean;
}

/**
 * Sends what waits, in order, until nothing is left or the server cannot be reached. One sender at a time in this browser;
 * if there are no locks, two may send the same entry: harmless, because ids are taken once.
 */
export async function flush(changed: () => void, signal?: AbortSignal): Promise<Flushed> {
  const run = () => sendAll(changed, signal);
  return typeof navigator !== 'undefined' && navigator.locks ? navigator.locks.request('cv-outbox', run) : run();
}

async function sendAll(changed: () => void, signal?: AbortSignal): Promise<Flushed> {
  const base = await db();
  const held = new Set<string>();
  let login = false;
  for (;;) {
    const entry = nextToSend(await base.getAll('outbox'), held);
    if (!entry || signal?.aborted) return { left: held.size > 0 || !!entry, login };
    const outcome: Attempt = await attempt(entry, signal);
    if (outcome.what === 'login') login = true;
    if (outcome.what === 'login' || outcome.what === 'later') held.add(entry.conversationId);
    await record(entry, outcome);
    changed();
    channel?.postMessage('changed');
    // Nobody answers: the other conversations' writes would only wait for the same silence.
    if (outcome.what === 'later' && !outcome.answered) return { left: true, login };
  }
}

async function record(entry: Entry, outcome: Outcome): Promise<void> {
  const base = await db();
  const tx = base.transaction('outbox', 'readwrite');
  const now = await tx.store.get(entry.order!);
  if (now) {
    if (outcome.what === 'taken') await tx.store.put({ ...now, state: 'sent', sentAt: Date.now(), attempts: now.attempts + 1 });
    else if (outcome.what === 'refused') await tx.store.put({ ...now, state: 'refused', problem: outcome.problem, attempts: now.attempts + 1 });
    else await tx.store.put({ ...now, attempts: now.attempts + 1 });
  }
  await tx.done;
}

async function attempt(entry: Entry, signal?: AbortSignal): Promise<Attempt> {
  const body = entry.method === 'DELETE' ? undefined : JSON.stringify(entry.body);
  // A dead connection swallows a request without a word: a small one is given up soon, a large one gets time to travel.
  const patience = 3000 + (body ? body.length / 50 : 0);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  const given = () => abort.abort();
  signal?.addEventListener('abort', given);
  try {
    const response = await fetch(entry.path, {
      method: entry.method, body, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      headers: body === undefined ? { accept: 'application/json' } : { 'content-type': 'application/json', accept: 'application/json' },
      signal: abort.signal,
    });
    const problem = response.ok ? {} : ((await response.json().catch(() => ({}))) as Partial<Problem>);
    return { ...outcomeOf(response.status, problem), answered: true };
  } catch {
    return { what: 'later', answered: false };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', given);
  }
}
