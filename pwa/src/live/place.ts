import { foldAll } from '../journal/fold.ts';
import { emptyView } from '../journal/view.ts';
import type { View } from '../journal/view.ts';
import type { JournalEvent } from '../wire.ts';

/** A part of a journal that somebody was led to and that is far from its end: it grows at both sides until it meets what the page has of the end. */
export class Place {
  view: View = emptyView();
  events: JournalEvent[] = [];
  /** what is older than this part and is shown in it: a message that waited for long */
  private readonly before: JournalEvent[];

  constructor(events: readonly JournalEvent[], before: readonly JournalEvent[] = []) {
    this.before = before.map(asQueued);
    this.take(events);
  }

  get first(): number {
    return this.events[0]?.seq ?? 0;
  }
  get last(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** Adds what follows it at either side; what does not is left out. */
  take(more: readonly JournalEvent[]): void {
    const older = more.filter((e) => e.seq < this.first);
    const newer = more.filter((e) => e.seq > this.last);
    if (this.events.length === 0) this.events = [...more];
    else {
      if (older.at(-1)?.seq === this.first - 1) this.events = [...older, ...this.events];
      if (newer[0]?.seq === this.last + 1) this.events = [...this.events, ...newer];
    }
    this.view = foldAll([...this.before.filter((e) => e.seq < this.first), ...this.events]);
  }
}

/** A message that was changed while it waited is shown as it was in the end. */
function asQueued(event: JournalEvent): JournalEvent {
  return event.type === 'message.edited' ? { ...event, type: 'message.queued', attachments: [] } : event;
}

/** The key of the log's entry that shows an event; that of the entry behind it when no entry is its own. */
export function keyOf(events: readonly JournalEvent[], view: View, seq: number): string | null {
  const event = events.find((e) => e.seq === seq);
  if (!event) return null;
  const keys = [`t:${event.messageId}`, `m:${event.messageId}`, `tool:${event.toolId}`, `e${seq}`];
  const own = view.items.find((item) => keys.includes(item.key));
  if (own) return own.key;
  return (view.items.find((item) => item.at >= event.at) ?? view.items.at(-1))?.key ?? null;
}
