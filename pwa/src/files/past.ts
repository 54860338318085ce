import { ask, query } from './api.ts';
import type { Entry } from './api.ts';
import { join } from './paths.ts';
import { rowsOf } from './tree.ts';
import type { Folder, Row, Tree } from './tree.ts';

/** A snapshot as the API tells it: docs/snapshots.md. */
export interface SnapshotInfo {
  id: string;
  why: 'rest' | 'interval' | 'stop' | 'delete' | 'request' | string;
  state: 'making' | 'done' | 'failed' | string;
  files: number;
  bytes: number;
  leftOut: { path: string; why: string }[];
  unread: string[];
  error: string | null;
  todo: string | null;
  begunAt: string;
}

const WHY: Record<string, string> = {
  rest: 'when the agent came to rest', interval: 'while the agent worked', stop: 'before it stopped', delete: 'before it was deleted', request: 'because somebody asked',
};

export const whyWords = (s: SnapshotInfo): string => WHY[s.why] ?? s.why;

/** When it was made, as people of this place write it. */
export const when = (s: SnapshotInfo): string =>
  new Date(s.begunAt).toLocaleString([], { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** Large trees take restic a while to read. */
const PATIENCE_MS = 120_000;

/** One workspace's snapshots. */
export class SnapshotsApi {
  readonly base: string;

  constructor(workspaceId: string) {
    this.base = `/api/v1/workspaces/${encodeURIComponent(workspaceId)}/snapshots`;
  }

  async all(): Promise<SnapshotInfo[]> {
    return ((await (await ask(this.base)).json()) as { snapshots: SnapshotInfo[] }).snapshots;
  }
  async folder(id: string, path: string): Promise<{ entries: Omit<Entry, 'path' | 'link' | 'ignored' | 'readOnly'>[]; more: boolean }> {
    return (await ask(`${this.base}/${encodeURIComponent(id)}/files?${query({ path })}`, {}, PATIENCE_MS)).json() as never;
  }
  /** A file's bytes, or a folder as a tar. */
  url(id: string, path: string): string {
    return `${this.base}/${encodeURIComponent(id)}/content?${query({ path })}`;
  }
  async content(id: string, path: string, signal: AbortSignal): Promise<ArrayBuffer> {
    return (await ask(this.url(id, path), { signal }, PATIENCE_MS)).arrayBuffer();
  }
  /** Makes the workspace anew with what was in it, and starts it. @throws CallProblem with `force` when what it has now is kept nowhere */
  async bringBack(id: string, force: boolean): Promise<void> {
    await ask(`${this.base}/${encodeURIComponent(id)}/restore?${query({ force })}`, { method: 'POST' });
  }
}

/** The folders of a snapshot that are open: they stay as they are. */
export class PastTree extends EventTarget implements Tree {
  readonly folders = new Map<string, Folder>();
  readonly opened = new Set<string>(['']);
  readonly api: SnapshotsApi;
  readonly snapshot: string;
  /** of the workspace's home, not of the project */
  readonly home: boolean;
  private all: Row[] | null = null;

  constructor(api: SnapshotsApi, snapshot: string, home: boolean) {
    super();
    this.api = api;
    this.snapshot = snapshot;
    this.home = home;
    void this.list('');
  }

  /** A path of this tree as the API calls it. */
  place(path: string): string {
    return this.home ? `~/${path}`.replace(/\/$/, '') : path;
  }

  rows(): Row[] {
    return (this.all ??= rowsOf(this.folders, this.opened));
  }

  toggle(path: string): void {
    if (!this.opened.delete(path)) {
      this.opened.add(path);
      if (!this.folders.has(path) || this.folders.get(path)!.problem) void this.list(path);
    }
    this.changed();
  }

  async more(): Promise<void> {
    // A folder comes as a whole.
  }

  private async list(path: string): Promise<void> {
    try {
      const { entries, more } = await this.api.folder(this.snapshot, this.place(path));
      this.folders.set(path, {
        entries: entries.map((e) => ({ ...e, path: join(path, e.name), link: null, ignored: null, readOnly: true })),
        total: entries.length, problem: more ? `Only the first ${entries.length.toLocaleString('en')} are shown.` : '',
      });
    } catch (error) {
      this.folders.set(path, { entries: [], total: 0, problem: (error as Error).message });
    }
    this.changed();
  }

  private changed(): void {
    this.all = null;
    this.dispatchEvent(new Event('change'));
  }
}
