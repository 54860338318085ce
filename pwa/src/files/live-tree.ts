import { FilesApi } from './api.ts';
import type { CallProblem, Change } from './api.ts';
import { parentOf, within } from './paths.ts';
import { changed, rowsOf } from './tree.ts';
import type { Folder, Row } from './tree.ts';

const PAGE = 200;
const MORE = 2000;
/** the workspace watches 200 for one page */
const WATCHED = 190;
const SETTLE_MS = 150;
const AGAIN_MS = 5000;

/**
 * The folders of one workspace that are open, as they are now: the bridge says what changes in them. Events: `change`, and
 * `touched` with a {@link Change} of a folder.
 */
export class LiveTree extends EventTarget {
  readonly api: FilesApi;
  readonly folders = new Map<string, Folder>();
  readonly opened = new Set<string>(['']);
  private watch: EventSource | null = null;
  private watched = '';
  private later: ReturnType<typeof setTimeout> | undefined;
  private readonly stale = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly loading = new Set<string>();
  private all: Row[] | null = null;
  private file: string | null = null;

  constructor(workspaceId: string) {
    super();
    this.api = new FilesApi(workspaceId);
  }

  rows(): Row[] {
    return (this.all ??= rowsOf(this.folders, this.opened));
  }

  private changed(): void {
    this.all = null;
    this.dispatchEvent(new Event('change'));
  }

  /** Begins to follow; what was known before is shown until the workspace has answered. */
  start(): void {
    if (!this.watch) this.observe();
  }

  stop(): void {
    this.watch?.close();
    this.watch = null;
    this.watched = '';
    clearTimeout(this.later);
    for (const timer of this.stale.values()) clearTimeout(timer);
    this.stale.clear();
  }

  /** Whatever happens in the folder of this file is told too. */
  follow(file: string | null): void {
    this.file = file;
    if (this.watch) this.soon();
  }

  private wanted(): string[] {
    const folders = [...this.opened].slice(0, WATCHED);
    if (this.file !== null && !folders.includes(parentOf(this.file))) folders.push(parentOf(this.file));
    return folders;
  }

  private soon(): void {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.observe(), SETTLE_MS);
  }

  private observe(): void {
    const folders = this.wanted();
    const query = new URLSearchParams(folders.map((f) => ['folder', f])).toString();
    if (this.watch?.readyState === EventSource.OPEN && this.watched === query) return;
    this.watch?.close();
    this.watched = query;
    // What nobody has seen yet is asked for at once; all is listed again when the workspace says that it watches.
    for (const f of folders) if (this.opened.has(f) && !this.folders.has(f)) void this.list(f);
    const watch = (this.watch = new EventSource(`${this.api.base}/watch?${query}`));
    watch.addEventListener('ready', () => {
      for (const f of folders) if (this.opened.has(f)) void this.list(f);
      if (this.file !== null) this.dispatchEvent(new CustomEvent<Change>('touched', { detail: { folder: parentOf(this.file), entries: [], gone: [], again: true } }));
    });
    watch.addEventListener('changed', (e) => this.heard(JSON.parse((e as MessageEvent<string>).data) as Change));
    watch.addEventListener('error', () => {
      // The browser tries again by itself unless the answer was a refusal. Meanwhile the folders are listed once.
      if (watch.readyState !== EventSource.CLOSED || this.watch !== watch) return;
      for (const f of folders) void this.list(f);
      clearTimeout(this.later);
      this.later = setTimeout(() => this.observe(), AGAIN_MS);
    });
  }

  private heard(change: Change): void {
    const folder = this.folders.get(change.folder);
    if (folder && this.opened.has(change.folder)) {
      // Names alone do not say whether git ignores them, so a short folder is asked for again.
      if (change.again || folder.entries.length <= PAGE) this.relist(change.folder);
      if (!change.again) {
        this.folders.set(change.folder, changed(folder, change));
        this.changed();
      }
    }
    this.dispatchEvent(new CustomEvent<Change>('touched', { detail: change }));
  }

  private relist(folder: string): void {
    if (this.stale.has(folder)) return;
    this.stale.set(folder, setTimeout(() => {
      this.stale.delete(folder);
      void this.list(folder);
    }, SETTLE_MS));
  }

  /** Lists a folder, as far as it was listed before. */
  async list(path: string): Promise<void> {
    await this.load(path, 0, Math.max(PAGE, Math.min(MORE, this.folders.get(path)?.entries.length ?? 0)));
  }

  /** Lists what comes behind what is known. */
  async more(path: string): Promise<void> {
    if (this.loading.has(path)) return;
    this.loading.add(path);
    await this.load(path, this.folders.get(path)?.entries.length ?? 0, MORE);
    this.loading.delete(path);
  }

  private async load(path: string, from: number, limit: number): Promise<void> {
    try {
      const page = await this.api.list(path, from, limit);
      const old = this.folders.get(path)?.entries ?? [];
      const names = new Set(page.entries.map((e) => e.name));
      const entries = from > 0 ? [...old.slice(0, from).filter((e) => !names.has(e.name)), ...page.entries] : page.entries;
      this.folders.set(path, { entries, total: Math.max(page.total, entries.length), problem: '' });
    } catch (error) {
      const old = this.folders.get(path);
      if ((error as CallProblem).status === 404 && path !== '') {
        this.opened.delete(path);
        this.folders.delete(path);
      } else this.folders.set(path, { entries: old?.entries ?? [], total: old?.total ?? 0, problem: (error as Error).message });
    }
    this.changed();
  }

  toggle(path: string): void {
    if (this.opened.has(path)) {
      for (const p of [...this.opened]) if (p !== '' && within(p, path)) this.opened.delete(p);
      this.changed();
    } else this.open(path);
    this.soon();
  }

  /** Opens a folder and those that it is in. */
  open(path: string): void {
    for (let p = path; p !== ''; p = parentOf(p)) {
      if (this.opened.has(p)) continue;
      this.opened.add(p);
      void this.list(p);
    }
    this.changed();
    this.soon();
  }
}
