import { db } from '../db.ts';
import { within } from './paths.ts';

/** What was typed and not saved. */
export interface Kept {
  text: string;
  /** what it began with, and its version; null: there was no such file, or it is gone */
  base: string;
  etag: string | null;
}

const prefix = (workspaceId: string) => `edit:${workspaceId}:`;
const range = (workspaceId: string) => IDBKeyRange.bound(prefix(workspaceId), `${prefix(workspaceId)}\uffff`);
/** one after the other: a later state is never overwritten by an earlier one */
let writing: Promise<void> = Promise.resolve();
/** what is not in the database yet */
const waiting = new Map<string, Kept | null>();
export const keptChanges = new EventTarget();

// A page that is closed or reloaded right after a stroke has no time for a database: what it has not yet goes another way.
addEventListener('pagehide', () => {
  for (const [id, edit] of waiting) {
    try {
      localStorage.setItem(`cv-${id}`, JSON.stringify(edit));
    } catch {
      // Too large for that: then the strokes of the last moment are missing.
    }
  }
});
for (let i = localStorage.length - 1; i >= 0; i--) {
  const name = localStorage.key(i)!;
  if (!name.startsWith('cv-edit:')) continue;
  void put(name.slice(3), JSON.parse(localStorage.getItem(name)!) as Kept | null).catch(() => undefined);
  localStorage.removeItem(name);
}

function put(id: string, edit: Kept | null): Promise<void> {
  const behind = waiting.has(id);
  waiting.set(id, edit);
  if (behind) return writing;
  const write = writing.then(async () => {
    const base = await db();
    const known = (await base.getKey('kept', id)) !== undefined;
    // Strokes that came meanwhile go along; those that come while it is written are written after it.
    for (let last = waiting.get(id); last !== undefined; last = waiting.get(id)) {
      if (last) await base.put('kept', last, id);
      else await base.delete('kept', id);
      if (waiting.get(id) !== last) continue;
      waiting.delete(id);
      if (known !== Boolean(last)) keptChanges.dispatchEvent(new Event('change'));
    }
  });
  writing = write.catch(() => { waiting.delete(id); });
  return write;
}

/** Edits of files that were not saved yet, in this browser. Event `change` when there are more or fewer. */
export const kept = {
  async read(workspaceId: string, path: string): Promise<Kept | undefined> {
    try {
      await writing;
      return (await (await db()).get('kept', prefix(workspaceId) + path)) as Kept | undefined;
    } catch {
      return undefined;
    }
  },

  /** @param edit null: nothing is left to be kept. @throws when the browser does not keep it */
  keep(workspaceId: string, path: string, edit: Kept | null): Promise<void> {
    return put(prefix(workspaceId) + path, edit);
  },

  async paths(workspaceId: string): Promise<string[]> {
    try {
      await writing;
      return ((await (await db()).getAllKeys('kept', range(workspaceId))) as string[]).map((id) => id.slice(prefix(workspaceId).length));
    } catch {
      return [];
    }
  },

  /** What was typed goes with the file, or with those in the folder. */
  async moved(workspaceId: string, from: string, to: string): Promise<void> {
    for (const path of await this.paths(workspaceId)) {
      if (!within(path, from)) continue;
      const edit = await this.read(workspaceId, path);
      if (edit) await this.keep(workspaceId, to + path.slice(from.length), edit);
      await this.keep(workspaceId, path, null);
    }
  },
};
