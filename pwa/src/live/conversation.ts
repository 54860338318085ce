import { LiveTexts } from '../journal/deltas.ts';
import { fold, foldAll } from '../journal/fold.ts';
import { emptyView } from '../journal/view.ts';
import type { Item, View } from '../journal/view.ts';
import type { Kind } from '../outbox/entries.ts';
import { outbox } from '../outbox/outbox.ts';
import type { ConversationInfo, Delta, JournalEvent, PendingCommand } from '../wire.ts';
import { FILL_AT_MOST, JournalWindow } from './journal.ts';
import { mirror } from './mirror.ts';
import { keyOf, Place } from './place.ts';

const PAGE = 200;
/** What is so near to the part that the page has is read with all in between. */
const NEAR = 800;
/** So much is read before a place that somebody is led to. */
const BEFORE = 60;
const PATIENCE_MS = 8000;
/** A write that the server has and that is not waiting for the workspace: it was taken before this page looked. */
const TAKEN_AFTER_MS = 8000;

const EFFECTS: Record<string, Kind> = {
  'message.edited': 'edit', 'message.moved': 'move', 'message.withdrawn': 'withdraw', 'message.steered': 'say-now', 'mode.changed': 'mode',
  'queue.paused': 'pause', 'queue.resumed': 'resume', 'turn.finished': 'interrupt', 'checkpoint.restored': 'restore',
};
const PER_MESSAGE: ReadonlySet<Kind> = new Set(['edit', 'move', 'withdraw', 'say-now']);

/** One conversation as this page knows it: journal, unfinished texts, what waits on the way. Says `change` at most once a frame. */
export class Conversation extends EventTarget {
  readonly id: string;
  info: ConversationInfo | null = null;
  view: View = emptyView();
  pending: PendingCommand[] = [];
  /** when there was contact last; 0: never */
  asOf = 0;
  caughtUp = false;
  gone = false;
  loadingOlder = false;
  private loadingNewer = false;
  /** an error of loading older events, for people */
  olderProblem = '';
  /** somebody reads far from the end; null: the log goes on to the end */
  place: Place | null = null;
  readonly live = new LiveTexts();
  private readonly journal = new JournalWindow();
  private readonly wasOnTheWay = new Set<string>();
  /** when the journal last showed an effect of this kind on this message */
  private readonly shownAt = new Map<string, number>();
  private foldedTo = 0;
  private filling = false;
  private unfilled = -1;
  private frame = 0;
  private saver: ReturnType<typeof setTimeout> | undefined;
  private seenSeq = 0;
  private seenTimer: ReturnType<typeof setTimeout> | undefined;
  private savedState = '';
  private savedInfo: ConversationInfo | null = null;
  readonly ready: Promise<void>;

  constructor(id: string) {
    super();
    this.id = id;
    this.ready = this.restore();
  }

  get last(): number {
    return this.journal.last;
  }
  get hasOlder(): boolean {
    return (this.place?.first ?? this.journal.first) > 1;
  }
  get working(): boolean {
    return this.view.turn !== null || (this.info?.working ?? false);
  }

  /** The log with the texts that are being written at its end; or around the place that is read. */
  shown(): Item[] {
    return this.place?.view.items ?? this.items();
  }

  items(): Item[] {
    const live = this.live.all().filter((t) => !this.view.finishedTexts.has(t.messageId));
    if (live.length === 0) return this.view.items;
    return [...this.view.items, ...live.map((t) => ({
      kind: t.kind, key: `t:${t.messageId}`, at: '', markdown: t.text, live: true, gap: t.gap,
    }) as Item)];
  }

  private async restore(): Promise<void> {
    const kept = await mirror.conversation(this.id);
    if (!kept || this.journal.last > 0) return;
    this.info = kept.info;
    this.asOf = kept.asOf;
    this.journal.reset(kept.events);
    this.live.restore(kept.live ?? []);
    this.refold();
    this.changed();
  }

  take(events: JournalEvent[]): void {
    const taken = this.journal.take(events);
    if (taken.what === 'restart') this.refold();
    else this.foldNew();
    if (taken.what === 'gap' && this.unfilled !== taken.after) void this.fill(taken.after, taken.until);
    this.changed();
  }

  delta(delta: Delta): void {
    if (!this.view.finishedTexts.has(delta.messageId) && this.live.add(delta)) this.changed();
  }

  /** @returns false when so much was written since this page's part of the journal that it starts anew from the tail */
  setInfo(info: ConversationInfo): boolean {
    this.info = info;
    if (!this.caughtUp && this.journal.last > 0 && (info.lastSeq ?? 0) - this.journal.last > FILL_AT_MOST) {
      this.startAnew();
      return false;
    }
    this.adoptQueue();
    this.changed();
    return true;
  }

  setPending(pending: PendingCommand[]): void {
    for (const command of this.pending) this.wasOnTheWay.add(command.id);
    this.pending = pending;
    this.changed();
  }

  /** The backlog was sent: whatever the journal does not have now is on its way or lost. @returns false: the journal began anew */
  async caughtUpTo(last: number): Promise<boolean> {
    this.caughtUp = true;
    if (last < this.journal.last) {
      // A restored server, or another one: what this page remembers is not its journal.
      this.startAnew();
      await mirror.forget(this.id);
      return false;
    }
    if (last > this.journal.last && this.journal.last > 0) void this.fill(this.journal.last, last);
    this.changed();
    return true;
  }

  heard(): void {
    this.asOf = Date.now();
  }

  async loadOlder(): Promise<void> {
    if (this.loadingOlder || !this.hasOlder) return;
    this.loadingOlder = true;
    this.olderProblem = '';
    this.changed();
    try {
      const place = this.place;
      const page = await this.page(`before=${place?.first ?? this.journal.first}&limit=${PAGE}`);
      if (place) place.take(page);
      else if (this.journal.prepend(page)) this.refold();
    } catch {
      this.olderProblem = 'Older messages could not be loaded.';
    }
    this.loadingOlder = false;
    this.changed();
  }

  /** Reads on towards the end. */
  async loadNewer(): Promise<void> {
    const place = this.place;
    if (!place || this.loadingNewer) return;
    this.loadingNewer = true;
    try {
      place.take(await this.page(`after=${place.last}&limit=${PAGE}`));
      if (this.place === place && this.journal.first > 0 && place.last >= this.journal.first - 1) {
        if (this.journal.prepend(place.events)) this.refold();
        this.place = null;
      }
    } catch {
      // Asked again with the next scroll.
    }
    this.loadingNewer = false;
    this.changed();
  }

  /** The end again, after `goTo`. */
  leavePlace(): void {
    this.place = null;
    this.changed();
  }

  /**
   * Makes the log show an event.
   * @param said the event that has its text, when that is another one
   * @returns the key of its entry; null: there is no such event
   * @throws when it cannot be loaded
   */
  async goTo(seq: number, said: number): Promise<string | null> {
    await this.ready;
    const until = Date.now() + PATIENCE_MS;
    // The end comes by itself, and decides what is far from it.
    while (!this.caughtUp && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 30));
    const from = Math.max(1, Math.min(seq, said) - BEFORE);
    const { first } = this.journal;
    if (first > 0 && Math.min(seq, said) < first) {
      if (first - from <= NEAR) {
        if (this.journal.prepend(await this.page(`after=${from - 1}&limit=${first - from}`))) this.refold();
      } else {
        const far = Math.max(1, seq - BEFORE);
        const before = said < far ? await this.page(`after=${said - 1}&limit=1`) : [];
        this.place = new Place(await this.page(`after=${far - 1}&limit=${PAGE}`), before);
      }
    }
    this.changed();
    return keyOf(this.place?.events ?? this.journal.events, this.place?.view ?? this.view, seq);
  }

  private async fill(after: number, until: number): Promise<void> {
    if (this.filling) return;
    this.filling = true;
    try {
      const events = await this.page(`after=${after}&limit=${Math.max(1, until - after)}`);
      this.filling = false;
      // A server that does not have them is not asked for the same ones again.
      this.unfilled = events.length > 0 ? -1 : after;
      this.take(events);
    } catch {
      this.filling = false; // the next event or the next stream asks again
    }
  }

  private async page(query: string): Promise<JournalEvent[]> {
    const response = await fetch(`/api/v1/conversations/${encodeURIComponent(this.id)}/events?${query}`, {
      headers: { accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`${response.status}`);
    return ((await response.json()) as { events: JournalEvent[] }).events;
  }

  private startAnew(): void {
    this.journal.reset();
    // What was being written may have been finished in the part that is skipped; what is not comes again whole.
    this.live.clear();
    this.refold();
  }

  private refold(): void {
    this.view = foldAll(this.journal.events);
    this.foldedTo = this.journal.last;
    this.adoptQueue();
  }

  private foldNew(): void {
    const fresh = this.journal.events.slice(this.journal.events.findLastIndex((e) => e.seq <= this.foldedTo) + 1);
    if (fresh.length === 0) return;
    fold(this.view, fresh);
    this.foldedTo = this.journal.last;
    for (const event of fresh) {
      const kind = EFFECTS[event.type];
      if (kind) this.shownAt.set(`${kind}:${PER_MESSAGE.has(kind) ? event.messageId : ''}`, Date.now());
      if (event.type === 'text' || event.type === 'thinking') this.live.finish(event.messageId);
      if (event.type === 'turn.finished' || event.type === 'agent.exited') this.live.clear();
    }
  }

  /** Messages that wait since before the part of the journal that was read. */
  private adoptQueue(): void {
    if (!this.info?.queue || this.journal.first <= 1) return;
    for (const waiting of this.info.queue) {
      const old = this.view.messages.get(waiting.messageId);
      if (old && old.text !== '') continue;
      this.view.messages.set(waiting.messageId, {
        messageId: waiting.messageId, text: waiting.text, by: waiting.by ?? '', at: '', attachments: [],
        attachmentCount: typeof waiting.attachments === 'number' ? waiting.attachments : (waiting.attachments?.length ?? 0), state: 'queued',
      });
      if (!old && !this.view.queue.includes(waiting.messageId)) this.view.queue = [...this.view.queue, waiting.messageId];
    }
    const order = this.info.queue.map((m) => m.messageId);
    const place = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
    this.view.queue = [...this.view.queue].sort((a, b) => place(a) - place(b));
    if (this.info.paused && !this.view.paused) {
      const paused = this.info.paused;
      this.view.paused = paused === true ? { by: '', why: '' } : { by: paused.by ?? '', why: paused.why ?? '' };
    }
  }

  private changed(): void {
    if (this.frame) return;
    // A hidden page gets no frames, and still has to settle the outbox.
    const schedule: (run: () => void) => number = document.hidden ? (run) => window.setTimeout(run, 50) : requestAnimationFrame;
    this.frame = schedule(() => {
      this.frame = 0;
      this.settle();
      this.dispatchEvent(new Event('change'));
      this.saver ??= setTimeout(() => void this.save(), 2000);
      this.markSeen();
    });
  }

  /** Drops from the outbox what the journal shows by now, or what the workspace has taken. */
  settle(): void {
    const onTheWay = new Set(this.pending.map((p) => p.id));
    const done = outbox.of(this.id).filter((entry) => {
      const target = entry.target ?? '';
      if ((entry.kind === 'approval' || entry.kind === 'answer') && this.view.resolved.has(target)) return true;
      if (entry.state === 'refused') return false;
      if (entry.kind === 'message') return this.view.messages.has(entry.id);
      if (entry.state !== 'sent') return false;
      if ((this.shownAt.get(`${entry.kind}:${target}`) ?? 0) >= entry.at) return true;
      if (onTheWay.has(entry.id)) return false;
      return this.wasOnTheWay.has(entry.id) || Date.now() - (entry.sentAt ?? 0) > TAKEN_AFTER_MS;
    });
    if (done.length > 0) void outbox.settle(done.map((entry) => entry.id));
  }

  private markSeen(): void {
    if (!this.caughtUp || document.hidden || this.last <= this.seenSeq || this.seenTimer) return;
    this.seenTimer = setTimeout(() => {
      this.seenTimer = undefined;
      if (document.hidden) return;
      const seq = this.last;
      void fetch(`/api/v1/conversations/${encodeURIComponent(this.id)}/seen`, {
        method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ seq }),
        signal: AbortSignal.timeout(5000),
      }).then((r) => { if (r.ok) this.seenSeq = seq; }).catch(() => undefined);
    }, 1500);
  }

  async save(): Promise<void> {
    clearTimeout(this.saver);
    this.saver = undefined;
    const live = this.live.all();
    const written = live.reduce((chars, text) => chars + text.text.length, 0);
    const state = `${this.journal.first} ${this.journal.last} ${written} ${Math.floor(this.asOf / 30_000)}`;
    if (state === this.savedState && this.info === this.savedInfo) return;
    this.savedState = state;
    this.savedInfo = this.info;
    if (this.journal.last > 0 || this.info) await mirror.keep(this.id, this.info, this.journal.events, live, this.asOf || Date.now());
  }
}
