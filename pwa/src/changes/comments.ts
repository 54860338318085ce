import { db } from '../db.ts';

/** What a person says of lines of a diff, until it goes to the agent as a part of one message. */
export interface Comment {
  id: string;
  path: string;
  /** numbers of the new file's lines, or of the old one's when the lines went */
  side: 'old' | 'new';
  from: number;
  to: number;
  /** the lines themselves: numbers alone mean nothing when the file has changed on */
  lines: string[];
  text: string;
}

const QUOTED = 12;
const key = (conversationId: string) => `comments:${conversationId}`;

/** Kept in this browser at every stroke, per conversation. */
export const comments = {
  async read(conversationId: string): Promise<Comment[]> {
    try {
      const kept = await (await db()).get('kept', key(conversationId));
      return Array.isArray(kept) ? (kept as Comment[]) : [];
    } catch {
      return [];
    }
  },

  /** @throws when the browser does not keep it */
  async keep(conversationId: string, all: readonly Comment[]): Promise<void> {
    const base = await db();
    if (all.length === 0) await base.delete('kept', key(conversationId));
    else await base.put('kept', [...all], key(conversationId));
  },
};

/** @returns one message for the agent */
export function messageOf(all: readonly Comment[]): string {
  const sorted = [...all].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.from - b.from));
  const parts = sorted.map((c) => {
    const shown = c.lines.slice(0, QUOTED);
    const more = c.lines.length - shown.length;
    return [
      `${c.path}, ${place(c)}:`, ...shown.map((line) => `> ${line}`), ...(more > 0 ? [`> … and ${more} more`] : []), '', c.text.trim(),
    ].join('\n');
  });
  return [all.length === 1 ? 'A comment on the changes:' : 'Comments on the changes:', ...parts].join('\n\n');
}

export function place(c: Pick<Comment, 'from' | 'to' | 'side'>): string {
  const lines = c.from === c.to ? `line ${c.from}` : `lines ${c.from} to ${c.to}`;
  return c.side === 'old' ? `${lines} before the change` : lines;
}
