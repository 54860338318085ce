import { db } from '../db.ts';
import type { Entry, Wanted } from './entries.ts';

/**
 * Writes it down, and only then returns.
 *
 * @param draftOf the conversation whose draft it was: the draft goes in the same step
 */
export async function keep(wanted: Wanted, draftOf?: string): Promise<void> {
  const entry: Entry = { ...wanted, state: 'local', at: Date.now(), attempts: 0 };
  const base = await db();
  const tx = base.transaction(['outbox', 'drafts'], 'readwrite', { durability: 'strict' });
  await tx.objectStore('outbox').add(entry);
  if (draftOf) await tx.objectStore('drafts').delete(draftOf);
  await tx.done;
}
