import { db } from '../db.ts';
import type { LiveText } from '../journal/deltas.ts';
import type { SeenConversation } from '../db.ts';
import type { ConversationInfo, JournalEvent, Overview } from '../wire.ts';

const CONVERSATIONS = 20;
const EVENTS = 500;
const OUTPUT_CHARS = 4000;

/** The last conversations and the overview, kept for an instant first paint and for the offline shell. Failing to keep is no error. */
export const mirror = {
  async conversation(id: string): Promise<SeenConversation | undefined> {
    try {
      return await (await db()).get('conversations', id);
    } catch {
      return undefined;
    }
  },

  async conversations(): Promise<SeenConversation[]> {
    try {
      return (await (await db()).getAllFromIndex('conversations', 'seenAt')).reverse();
    } catch {
      return [];
    }
  },

  async keep(id: string, info: ConversationInfo | null, events: readonly JournalEvent[], live: readonly LiveText[], asOf: number): Promise<void> {
    try {
      const base = await db();
      const tx = base.transaction('conversations', 'readwrite');
      await tx.store.put({ id, info, events: events.slice(-EVENTS).map(slim), live: [...live], asOf, seenAt: Date.now() });
      const keys = await tx.store.index('seenAt').getAllKeys();
      for (const key of keys.slice(0, Math.max(0, keys.length - CONVERSATIONS))) await tx.store.delete(key);
      await tx.done;
    } catch {
      // Full or blocked: then there is nothing to read offline, and the page works on.
    }
  },

  async forget(id: string): Promise<void> {
    try {
      await (await db()).delete('conversations', id);
    } catch {
      // Nothing kept, nothing to forget.
    }
  },

  async overview(): Promise<{ overview: Overview; asOf: number } | undefined> {
    try {
      return (await (await db()).get('kept', 'overview')) as { overview: Overview; asOf: number } | undefined;
    } catch {
      return undefined;
    }
  },

  async keepOverview(overview: Overview): Promise<void> {
    try {
      await (await db()).put('kept', { overview, asOf: Date.now() }, 'overview');
    } catch {
      // As above.
    }
  },
};

/** Long outputs and attachments stay on the server. */
function slim(event: JournalEvent): JournalEvent {
  if (event.type === 'tool.finished' && typeof event.output === 'string' && event.output.length > OUTPUT_CHARS) {
    return { ...event, output: event.output.slice(0, OUTPUT_CHARS) };
  }
  if (event.type === 'message.queued' && Array.isArray(event.attachments) && event.attachments.length > 0) {
    return { ...event, attachments: event.attachments.map((a: { name: string; mediaType: string }) => ({ name: a.name, mediaType: a.mediaType, data: '' })) };
  }
  return event;
}
