import { db } from '../db.ts';
import type { Draft } from '../db.ts';

/** What is typed and not sent, per conversation, kept at every stroke. */
export const drafts = {
  async read(conversationId: string): Promise<Draft | undefined> {
    try {
      return await (await db()).get('drafts', conversationId);
    } catch {
      return undefined;
    }
  },

  /** @returns false when the browser does not keep it */
  async keep(draft: Draft): Promise<boolean> {
    try {
      const base = await db();
      if (draft.text === '' && draft.files.length === 0) await base.delete('drafts', draft.conversationId);
      else await base.put('drafts', draft);
      return true;
    } catch {
      return false;
    }
  },
};
