import type { LiveText } from './journal/deltas.ts';
import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import type { ConversationInfo, JournalEvent } from './wire.ts';
import type { Entry } from './outbox/entries.ts';

/** What this browser keeps: what was said and not yet taken, drafts, and the conversations that were last seen. */
export interface Schema extends DBSchema {
  outbox: { key: number; value: Entry; indexes: { id: string } };
  drafts: { key: string; value: Draft };
  conversations: { key: string; value: SeenConversation; indexes: { seenAt: number } };
  kept: { key: string; value: unknown };
}

export interface Draft {
  conversationId: string;
  text: string;
  files: { name: string; mediaType: string; data: string }[];
}
export interface SeenConversation {
  id: string;
  info: ConversationInfo | null;
  events: JournalEvent[];
  /** what was being written; absent in what older versions kept */
  live?: LiveText[];
  /** when the page last had contact */
  asOf: number;
  seenAt: number;
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

/** @throws when the browser blocks storage (private windows of some browsers, full disk) */
export function db(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('claude-vm', 1, {
    upgrade(base) {
      const outbox = base.createObjectStore('outbox', { keyPath: 'order', autoIncrement: true });
      outbox.createIndex('id', 'id', { unique: true });
      base.createObjectStore('drafts', { keyPath: 'conversationId' });
      base.createObjectStore('conversations', { keyPath: 'id' }).createIndex('seenAt', 'seenAt');
      base.createObjectStore('kept');
    },
    terminated() {
      opened = null;
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      opened = null;
    },
  }).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}
