/** The tree as a list of rows, of which a window is shown. Pure. */
import type { Change, Entry } from './api.ts';

export interface Folder {
  entries: Entry[];
  /** how many there are in the workspace; `entries` are the first of them */
  total: number;
  problem: string;
}
export interface EntryRow {
  kind: 'entry';
  entry: Entry;
  depth: number;
  /** its place in its folder, from 1, and how many there are */
  place: number;
  of: number;
}
export type Row = EntryRow | { kind: 'more'; folder: string; left: number; depth: number } | { kind: 'words'; words: string; depth: number };

/** What a list of rows is made of. Event `change`. */
export interface Tree extends EventTarget {
  readonly opened: ReadonlySet<string>;
  rows(): Row[];
  toggle(path: string): void;
  /** Lists what comes behind what is known of a folder. */
  more(folder: string): Promise<void>;
}

export const isFolder = (entry: Entry): boolean => entry.type === 'folder' || entry.link?.type === 'folder';

export function rowsOf(folders: ReadonlyMap<string, Folder>, opened: ReadonlySet<string>): Row[] {
  const out: Row[] = [];
  const walk = (path: string, depth: number) => {
    const folder = folders.get(path);
    if (!folder) {
      out.push({ kind: 'words', words: 'Loading', depth });
      return;
    }
    if (folder.problem) out.push({ kind: 'words', words: folder.problem, depth });
    folder.entries.forEach((entry, i) => {
      out.push({ kind: 'entry', entry, depth, place: i + 1, of: folder.total });
      if (isFolder(entry) && opened.has(entry.path)) walk(entry.path, depth + 1);
    });
    if (folder.entries.length === 0 && !folder.problem) out.push({ kind: 'words', words: 'Empty', depth });
    const left = folder.total - folder.entries.length;
    if (left > 0 && folder.entries.length > 0) out.push({ kind: 'more', folder: path, left, depth });
  };
  walk('', 0);
  return out;
}

const UTF8 = new TextEncoder();
const lower = (name: string) => UTF8.encode(name.replace(/[A-Z]/g, (c) => c.toLowerCase()));

/** The workspace's own order: folders first, then by the bytes of the name, great letters as small ones. */
export function before(a: Entry, b: Entry): boolean {
  if ((a.type === 'folder') !== (b.type === 'folder')) return a.type === 'folder';
  for (const [x, y] of [[lower(a.name), lower(b.name)], [UTF8.encode(a.name), UTF8.encode(b.name)]] as const) {
    for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]! < y[i]!;
    if (x.length !== y.length) return x.length < y.length;
  }
  return false;
}

/** @returns the folder after what the workspace said of some of its names */
export function changed(folder: Folder, change: Change): Folder {
  const gone = new Set(change.gone);
  const news = new Map(change.entries.map((e) => [e.name, e]));
  let total = folder.total;
  const kept = folder.entries.filter((e) => {
    if (gone.has(e.name)) total--;
    return !gone.has(e.name) && (!news.has(e.name) || news.get(e.name)!.type === e.type);
  }).map((e) => {
    const fresh = news.get(e.name);
    news.delete(e.name);
    return fresh ? { ...fresh, ignored: e.ignored } : e;
  });
  const known = new Set(folder.entries.map((e) => e.name));
  for (const entry of news.values()) {
    if (!known.has(entry.name)) total++;
    const at = kept.findIndex((e) => before(entry, e));
    // Behind the last one that is known there may be others: it comes with them.
    if (at >= 0) kept.splice(at, 0, entry);
    else if (folder.entries.length >= folder.total) kept.push(entry);
  }
  return { ...folder, entries: kept, total };
}
