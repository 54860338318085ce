import { db } from '../db.ts';
import type { Entry, Kind, Wanted } from './entries.ts';
import { keep } from './keep.ts';
import { channel, flush } from './sender.ts';

/** This browser cannot keep anything: full, or blocked. */
export class StorageProblem extends Error {}

/** The page's view of the outbox: what is in it, and who sends it when. */
class Outbox extends EventTarget {
  entries: Entry[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private sending: AbortController | null = null;
  private again = false;

  constructor() {
    super();
    if (typeof window === 'undefined') return;
    channel?.addEventListener('message', () => void this.reload());
    for (const [target, event] of [[window, 'online'], [window, 'pageshow'], [document, 'visibilitychange']] as const) {
      target.addEventListener(event, () => this.kick());
    }
    void this.reload().then(() => this.kick());
  }

  of(conversationId: string, ...kinds: Kind[]): Entry[] {
    return this.entries.filter((e) => e.conversationId === conversationId && (kinds.length === 0 || kinds.includes(e.kind)));
  }

  /** Newest write about an approval, question or message. */
  about(target: string, ...kinds: Kind[]): Entry | undefined {
    return this.entries.findLast((e) => e.target === target && kinds.includes(e.kind));
  }

  /**
   * Writes it down, and only then returns; sends it afterwards.
   *
   * @param draftOf the conversation whose draft it was: the draft goes in the same step
   * @throws StorageProblem when it could not be kept
   */
  async add(wanted: Wanted, draftOf?: string): Promise<void> {
    try {
      await keep(wanted, draftOf);
    } catch (error) {
      const full = (error as DOMException)?.name === 'QuotaExceededError';
      throw new StorageProblem(full
        ? 'The storage of this phone is full, so the message could not be kept. Free some space and send it again; the text is still here.'
        : 'This browser does not let the page keep anything (private window?), so the message could not be kept. Open the page in an ordinary window; the text is still here.');
    }
    await this.reload();
    channel?.postMessage('changed');
    this.kick();
    void requestSync();
  }

  async retry(id: string): Promise<void> {
    await this.change(id, (e) => ({ ...e, state: 'local', problem: undefined }));
    this.kick();
  }

  async discard(id: string): Promise<void> {
    const base = await db();
    const order = await base.getKeyFromIndex('outbox', 'id', id);
    if (order !== undefined) await base.delete('outbox', order);
    await this.reload();
    channel?.postMessage('changed');
  }

  /** The journal shows them: they need not be kept any more. */
  async settle(ids: Iterable<string>): Promise<void> {
    const gone = new Set(ids);
    const settled = this.entries.filter((e) => gone.has(e.id));
    if (settled.length === 0) return;
    this.entries = this.entries.filter((e) => !gone.has(e.id));
    this.dispatchEvent(new Event('change'));
    const base = await db();
    const tx = base.transaction('outbox', 'readwrite');
    await Promise.all(settled.map((e) => tx.store.delete(e.order!)));
    await tx.done;
  }

  /** Sends now. While somebody waits for a dead connection, `fresh` starts anew on a new one. */
  kick(fresh = false): void {
    clearTimeout(this.timer);
    if (this.sending) {
      this.again = true;
      if (fresh) this.sending.abort();
      return;
    }
    if (!this.entries.some((e) => e.state === 'local')) return;
    void this.send();
  }

  private async send(): Promise<void> {
    const run = (this.sending = new AbortController());
    let left = true;
    try {
      const result = await flush(() => void this.reload(), run.signal);
      left = result.left;
      if (result.login) this.dispatchEvent(new Event('login'));
    } catch {
      left = true; // storage or lock trouble: try again later
    }
    this.sending = null;
    await this.reload();
    if (this.again) {
      this.again = false;
      this.failures = 0;
      return this.kick();
    }
    this.failures = left ? this.failures + 1 : 0;
    if (left) {
      const wait = Math.min(5000, 300 * 2 ** Math.min(this.failures, 5)) * (0.7 + Math.random() * 0.6);
      this.timer = setTimeout(() => this.kick(), wait);
    }
  }

  private async change(id: string, make: (entry: Entry) => Entry): Promise<void> {
    const base = await db();
    const tx = base.transaction('outbox', 'readwrite');
    const entry = await tx.store.index('id').get(id);
    if (entry) await tx.store.put(make(entry));
    await tx.done;
    await this.reload();
    channel?.postMessage('changed');
  }

  private async reload(): Promise<void> {
    try {
      this.entries = await (await db()).getAll('outbox');
      this.dispatchEvent(new Event('change'));
    } catch {
      // Storage is blocked: there is nothing to show; add() says so.
    }
  }
}

/** Asks the browser to send it even when the page is gone. */
async function requestSync(): Promise<void> {
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    await (registration as unknown as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync?.register('cv-outbox');
  } catch {
    // No background sync here: the page sends when it is opened again.
  }
}

export const outbox = new Outbox();
