import { db } from '../db.ts';

const KEY = 'shared';

/** Files that another app gave to this one: kept until somebody says where they belong. */
export const shared = {
  async read(): Promise<File[]> {
    try {
      return ((await (await db()).get('kept', KEY)) as File[] | undefined) ?? [];
    } catch {
      return [];
    }
  },

  /** @throws when the browser does not keep them */
  async add(files: readonly File[]): Promise<void> {
    const base = await db();
    const known = ((await base.get('kept', KEY)) as File[] | undefined) ?? [];
    await base.put('kept', [...known, ...files], KEY);
  },

  async clear(): Promise<void> {
    await (await db()).delete('kept', KEY);
  },
};
