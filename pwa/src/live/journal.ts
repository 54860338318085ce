import type { JournalEvent } from '../wire.ts';

/** A gap up to this size is filled; behind a larger one the reader starts anew from the tail. */
export const FILL_AT_MOST = 400;

export type Taken =
  | { what: 'added'; events: JournalEvent[] }
  | { what: 'nothing' }
  | { what: 'gap'; after: number; until: number }
  | { what: 'restart' };

/** The part of a journal that this page has: numbers without a gap, from `first` to `last`. Pure. */
export class JournalWindow {
  events: JournalEvent[] = [];
  private waiting = new Map<number, JournalEvent>();

  get first(): number {
    return this.events[0]?.seq ?? 0;
  }
  get last(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** A doubled number is skipped; one from the future waits until the missing ones were fetched. */
  take(incoming: readonly JournalEvent[]): Taken {
    const added: JournalEvent[] = [];
    let restart = false;
    for (const event of incoming) {
      if (this.events.length === 0 || event.seq === this.last + 1) {
        this.events.push(event);
        added.push(event);
        this.drain(added);
      } else if (event.seq > this.last) {
        this.waiting.set(event.seq, event);
        if (event.seq - this.last > FILL_AT_MOST) restart = true;
      }
    }
    if (restart) {
      // A reader that was away for long: show the end first, like somebody who opens the conversation.
      this.events = [];
      const rest = [...this.waiting.values()].sort((a, b) => a.seq - b.seq);
      this.waiting.clear();
      const from = rest.findLastIndex((e, i) => i > 0 && rest[i - 1]!.seq !== e.seq - 1);
      this.events = rest.slice(Math.max(0, from));
      return { what: 'restart' };
    }
    if (this.waiting.size > 0) {
      return { what: 'gap', after: this.last, until: Math.min(...this.waiting.keys()) - 1 };
    }
    return added.length > 0 ? { what: 'added', events: added } : { what: 'nothing' };
  }

  /** @param older events before `first`, oldest first */
  prepend(older: readonly JournalEvent[]): boolean {
    const fitting = older.filter((e) => e.seq < this.first).sort((a, b) => a.seq - b.seq);
    if (fitting.length === 0 || fitting.at(-1)!.seq !== this.first - 1) return false;
    this.events = [...fitting, ...this.events];
    return true;
  }

  reset(events: JournalEvent[] = []): void {
    this.events = events;
    this.waiting.clear();
  }

  private drain(added: JournalEvent[]): void {
    for (;;) {
      const next = this.waiting.get(this.last + 1);
      if (!next) break;
      this.waiting.delete(next.seq);
      this.events.push(next);
      added.push(next);
    }
    for (const seq of this.waiting.keys()) if (seq <= this.last) this.waiting.delete(seq);
  }
}
