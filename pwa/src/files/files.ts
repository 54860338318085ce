import { html, nothing } from 'lit';
import { define, here, Light, onPhone } from '../elements/base.ts';
import '../elements/menu.ts';
import type { MenuItem } from '../elements/menu.ts';
import { icon } from '../icons.ts';
import { canStart, isUp, startWords } from '../text/workspace.ts';
import type { WorkspaceInfo } from '../wire.ts';
import { download } from './api.ts';
import type { CallProblem, Change, Deleted, Entry } from './api.ts';
import './file.ts';
import type { CvFile } from './file.ts';
import { kept, keptChanges } from './kept.ts';
import { LiveTree } from './live-tree.ts';
import { focusNaming, namingForm } from './naming.ts';
import type { Naming } from './naming.ts';
import { deletedNotice, giftNotice, trashList, unsavedList, uploadNotices } from './notices.ts';
import { escaped, join, nameOf, parentOf, shown, within } from './paths.ts';
import './rows.ts';
import type { CvFileRows } from './rows.ts';
import './search.ts';
import './snapshots.ts';
import { shared } from './shared.ts';
import { Uploads } from './uploads.ts';
import { state } from './viewers.ts';

/** Stay while another tab is looked at: a tree that was opened is there at once. */
const trees = new Map<string, LiveTree>();
const uploads = new Uploads();
const openKey = (workspaceId: string) => `cv-file:${workspaceId}`;

/** The workspace's files: a tree that follows what happens, search, and the file that is open. Event `start-workspace`. */
export class CvFiles extends Light {
  static override properties = {
    workspace: { attribute: false }, offline: { attribute: false }, open: { state: true }, line: { state: true }, q: { state: true }, content: { state: true },
    naming: { state: true }, problem: { state: true }, deleted: { state: true }, trash: { state: true }, unsaved: { state: true }, brought: { state: true }, past: { state: true },
  };
  declare workspace: WorkspaceInfo | null;
  declare offline: boolean;
  /** path of the file that is shown */
  declare open: string | null;
  declare line: number;
  declare q: string;
  /** search in files, not in names */
  declare content: boolean;
  declare naming: Naming | null;
  declare problem: string;
  declare deleted: Deleted | null;
  /** what was deleted and can come back, while it is looked at */
  declare trash: Deleted[] | null;
  /** files that were written in and not saved, on this device */
  declare unsaved: string[];
  /** what another app gave to this one, and has no place yet */
  declare brought: File[];
  /** its snapshots are looked at, not what it has now */
  declare past: boolean;
  private tree: LiveTree | null = null;
  private into = '';
  private taken = false;
  private fresh = false;
  private unfollow: (() => void) | null = null;

  constructor() {
    super();
    this.workspace = null;
    this.offline = false;
    this.open = null;
    this.line = 0;
    this.q = '';
    this.content = false;
    this.naming = null;
    this.problem = '';
    this.deleted = null;
    this.trash = null;
    this.unsaved = [];
    this.brought = [];
    this.past = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(document, 'visibilitychange');
    this.follow(uploads, 'change');
    this.follow(uploads, 'done', () => {
      void this.tree?.list(this.into);
      if (this.taken && !uploads.problem) void shared.clear();
      this.taken = false;
    });
    this.follow(keptChanges, 'change', () => void this.count());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.tree?.stop();
    this.unfollow?.();
    this.tree = null;
  }

  private get reachable(): boolean {
    return !this.offline && this.workspace?.online === true;
  }

  protected override willUpdate(): void {
    const id = this.workspace?.id;
    if (!id) return;
    if (!this.tree || this.tree !== trees.get(id)) this.enter(id);
    // In the background it would only hold one of the few connections that a browser has.
    if (this.reachable && !document.hidden) this.tree!.start();
    else this.tree!.stop();
  }

  private enter(id: string): void {
    this.tree?.stop();
    this.unfollow?.();
    const tree = trees.get(id) ?? new LiveTree(id);
    trees.set(id, tree);
    this.tree = tree;
    const changed = () => this.requestUpdate();
    const touched = ((e: CustomEvent<Change>) => this.touched(e.detail)) as EventListener;
    tree.addEventListener('change', changed);
    tree.addEventListener('touched', touched);
    this.unfollow = () => {
      tree.removeEventListener('change', changed);
      tree.removeEventListener('touched', touched);
    };
    this.q = '';
    this.problem = '';
    this.naming = this.deleted = this.trash = null;
    this.past = false;
    this.open = sessionStorage.getItem(openKey(id));
    tree.follow(this.open);
    void this.count();
    void shared.read().then((files) => { this.brought = files; });
  }

  private touched(change: Change): void {
    const { open } = this;
    if (open === null || change.folder !== parentOf(open)) return;
    const name = nameOf(open);
    if (change.again || change.gone.includes(name) || change.entries.some((e) => e.name === name)) void this.querySelector<CvFile>('cv-file')?.check();
  }

  private async count(): Promise<void> {
    const id = this.workspace?.id;
    if (id) this.unsaved = await kept.paths(id);
  }

  // --- the screen -------------------------------------------------------------------------------------------------------

  protected override render() {
    const { workspace: ws, tree } = this;
    if (!ws || !tree) return html`<div class="cv-changes">${state(html`<p>Loading</p>`, 'status')}</div>`;
    if (this.past) return this.pastView(ws);
    const root = tree.folders.get('');
    // A first attempt that failed has shown nothing.
    const listed = root !== undefined && (root.problem === '' || root.entries.length > 0);
    if (!this.reachable && !this.offline && !listed && this.open === null && !isUp(ws)) {
      return html`<div class="cv-changes cv-files-tab"><div class="cv-asleep"><p>${ws.id} is ${ws.state}. ${ws.state === 'deleted' ? 'Its files are in its snapshots, and come back with it.' : 'Its files are kept, and shown when it runs. What it had before is in its snapshots.'}</p>
        ${canStart(ws) ? html`<button type="button" class="cv-button cv-primary" @click=${this.startWorkspace}>${startWords(ws)}</button>` : nothing}</div>${this.unsavedView()}${this.snapshots(ws)}</div>`;
    }
    return html`<div class="cv-changes cv-files-tab" ?data-open=${this.open !== null} @dragover=${(e: DragEvent) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); }} @drop=${this.dropped}>
      ${this.reachable || (!listed && this.open === null) ? nothing : this.cut(ws)}
      <div class="cv-changes-body"><div class="cv-changes-list">${this.reachable ? html`${this.tools()}${this.notices()}` : nothing}${this.unsavedView()}
          ${!this.reachable && !listed ? this.away() : this.trash ? trashList(this.trash, (d) => void this.undelete(d), () => (this.trash = null)) : this.q.trim() !== '' && this.reachable
            ? html`<cv-file-search .api=${tree.api} .q=${this.q} .content=${this.content} @open-file=${this.chosen}></cv-file-search>`
            : html`<cv-file-rows .tree=${tree} .current=${this.open} .menu=${this.reachable ? this.entryMenu : null} @open-file=${this.chosen}></cv-file-rows>`}</div>
        ${this.open !== null ? html`<cv-file .workspaceId=${ws.id} .path=${this.open} .line=${this.line} .reachable=${this.reachable} .fresh=${this.fresh} .menu=${this.fileMenu(this.open)} @back=${this.back}></cv-file>`
          : html`<div class="cv-wide-only cv-changes-state"><p>Choose a file to see it here.</p></div>`}
      </div>
      <input type="file" hidden multiple data-from="files" @change=${this.picked}><input type="file" hidden accept="image/*" capture="environment" data-from="camera" @change=${this.picked}></div>`;
  }

  private pastView(ws: WorkspaceInfo) {
    return html`<div class="cv-changes cv-files-tab"><div class="cv-restored"><span><b>Snapshots</b></span><button type="button" class="cv-text-button" @click=${() => (this.past = false)}>Back to the files</button></div>${this.snapshots(ws)}</div>`;
  }

  private snapshots(ws: WorkspaceInfo) {
    return html`<cv-snapshots .workspace=${ws} .offline=${this.offline} @brought-back=${() => { this.past = false; this.show(null); trees.delete(ws.id); }}></cv-snapshots>`;
  }

  /** Above what was read before. Without a connection the conversation says it. */
  private cut(ws: WorkspaceInfo) {
    if (this.offline) return nothing;
    const words = isUp(ws) ? `${ws.id} is not connected. What you write is kept.` : `${ws.id} is ${ws.state}. This is what was read before.`;
    return html`<div class="cv-stale" role="status">${icon('warning')}<span>${words}</span>${canStart(ws) ? html`<button type="button" class="cv-text-button" @click=${this.startWorkspace}>${startWords(ws)}</button>` : nothing}${isUp(ws) ? nothing : html`<button type="button" class="cv-text-button" @click=${() => (this.past = true)}>Snapshots</button>`}</div>`;
  }

  private readonly startWorkspace = () => this.dispatchEvent(new CustomEvent('start-workspace'));

  private away() {
    if (this.offline) return state(html`<p>${here('Offline. The files are in the workspace, not on this phone: they are shown when the connection is back.')}</p>`);
    return state(html`<p>Waiting for the workspace to connect</p>`, 'status');
  }

  private tools() {
    return html`<div class="cv-scope cv-file-tools"><input class="cv-input" type="search" aria-label="Search" placeholder=${this.content ? 'Find a text' : 'Find a file'} .value=${this.q} autocapitalize="off" autocomplete="off" spellcheck="false"
        @input=${(e: Event) => { this.q = (e.target as HTMLInputElement).value; this.trash = null; }}>
      <div class="cv-switch" role="group" aria-label="Search in"><button type="button" aria-pressed=${!this.content} @click=${() => (this.content = false)}>Names</button><button type="button" aria-pressed=${this.content} @click=${() => (this.content = true)}>Text</button></div>
      <cv-menu .name=${'Add and more'} .face=${icon('plus')} .items=${() => this.rootMenu()}></cv-menu></div>`;
  }

  private rootMenu(): MenuItem[] {
    return [...this.folderMenu(''), { label: 'Recently deleted', run: () => void this.attempt(async () => { this.trash = await this.tree!.api.trash(); }) },
      { label: 'Snapshots', run: () => { this.past = true; } }];
  }

  private folderMenu(path: string, readOnly = false): MenuItem[] {
    const there = path === '' ? '' : ' in here';
    const pick = (from: string) => {
      this.into = path;
      this.querySelector<HTMLInputElement>(`input[data-from=${from}]`)!.click();
    };
    const where = path === '' ? '' : ` in ${shown(nameOf(path))}`;
    const archive = { label: path === '' ? 'Download everything' : 'Download as archive', run: () => follow(this.tree!.api.archive(path)) };
    if (readOnly) return [archive];
    return [
      { label: `New file${there}`, run: () => this.name({ what: 'file', label: `New file${where}`, at: path, value: '' }) },
      { label: `New folder${there}`, run: () => this.name({ what: 'folder', label: `New folder${where}`, at: path, value: '' }) },
      { label: path === '' ? 'Upload files' : 'Upload to here', run: () => pick('files') },
      ...(onPhone() ? [{ label: path === '' ? 'Take a photo' : 'Take a photo for here', run: () => pick('camera') }] : []),
      ...(this.brought.length > 0 ? [{ label: 'Put shared files here', run: () => this.take(path) }] : []),
      archive,
    ];
  }

  private readonly entryMenu = (entry: Entry): MenuItem[] => {
    const folder = entry.type === 'folder';
    return [
      ...(folder ? this.folderMenu(entry.path, entry.readOnly) : [{ label: 'Download', run: () => follow(this.tree!.api.url(entry.path, true)) }]),
      ...(entry.readOnly ? [] : [
        { label: 'Rename or move', run: () => this.name({ what: 'move', label: `New path of ${shown(entry.name)}`, at: entry.path, value: entry.path }) },
        { label: 'Delete', bad: true, run: () => void this.delete(entry.path) },
      ]),
    ];
  };

  private fileMenu(path: string): MenuItem[] {
    if (!this.reachable) return [];
    return [
      { label: 'Show in tree', run: () => void this.reveal(path) },
      { label: 'Download', run: () => follow(this.tree!.api.url(path, true)) },
      { label: 'Rename or move', run: () => this.name({ what: 'move', label: `New path of ${shown(nameOf(path))}`, at: path, value: path }) },
      { label: 'Delete', bad: true, run: () => void this.delete(path) },
    ];
  }

  private readonly chosen = (event: CustomEvent<string | { path: string; line: number }>) => {
    const { detail } = event;
    if (typeof detail === 'string') this.show(detail);
    else this.show(detail.path, detail.line);
  };

  private show(path: string | null, line = 0, fresh = false): void {
    this.open = path;
    this.fresh = fresh;
    this.line = line;
    const id = this.workspace!.id;
    if (path === null) sessionStorage.removeItem(openKey(id));
    else sessionStorage.setItem(openKey(id), path);
    this.tree?.follow(path);
    if (path !== null && onPhone()) void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-file-back')?.focus({ preventScroll: true }));
  }

  private readonly back = () => {
    this.show(null);
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-tree-rows')?.focus({ preventScroll: true }));
  };

  private async reveal(path: string): Promise<void> {
    const tree = this.tree!;
    this.q = '';
    this.trash = null;
    if (onPhone()) this.show(null);
    for (const folder of path.split('/').slice(0, -1).map((_, i, all) => all.slice(0, i + 1).join('/'))) {
      tree.open(folder);
      await tree.list(folder);
    }
    await this.updateComplete;
    this.querySelector<CvFileRows>('cv-file-rows')?.show(path);
  }

  private unsavedView() {
    return unsavedList(this.unsaved.filter((path) => path !== this.open), (path) => this.show(path));
  }

  private notices() {
    const worry = this.problem || uploads.problem;
    const { naming } = this;
    return html`${naming ? namingForm(naming, (typed) => void this.named(naming, typed), () => (this.naming = null)) : nothing}
      ${worry ? html`<div class="cv-problem" role="alert"><span>${worry}</span><button type="button" class="cv-text-button" @click=${() => { this.problem = ''; uploads.close(); }}>Close</button></div>` : nothing}
      ${giftNotice(this.brought, () => this.take(''), () => { this.brought = []; void shared.clear(); })}
      ${uploadNotices(uploads)}
      ${deletedNotice(this.deleted, (d) => void this.undelete(d), () => (this.deleted = null))}`;
  }

  // --- changes ----------------------------------------------------------------------------------------------------------

  private take(into: string): void {
    this.into = into;
    this.bring(this.brought);
    this.brought = [];
    // They are forgotten when they are there.
    this.taken = true;
  }

  private name(naming: Naming): void {
    this.naming = naming;
    // It stands above the tree.
    if (onPhone() && this.open !== null) this.show(null);
    void this.updateComplete.then(() => focusNaming(this, naming));
  }

  private named(n: Naming, typed: string): Promise<void> {
    const tree = this.tree!;
    return this.attempt(async () => {
      if (n.what === 'move') await this.move(n.at, typed);
      else {
        const path = join(n.at, escaped(typed));
        if (n.what === 'folder') await tree.api.makeFolder(path);
        else await tree.api.save(path, new Blob([]), null, true).catch((error: CallProblem) => { throw error.status === 412 ? new Error(`${path} is there already. Choose another name.`) : error; });
        tree.open(parentOf(path));
        await tree.list(parentOf(path));
        if (n.what === 'file') this.show(path, 0, true);
      }
      this.naming = null;
    });
  }

  private async move(from: string, to: string): Promise<void> {
    const tree = this.tree!;
    if (from === to) return;
    await tree.api.move(from, to);
    await kept.moved(this.workspace!.id, from, to);
    if (this.open !== null && within(this.open, from)) this.show(to + this.open.slice(from.length));
    await tree.list(parentOf(from));
    tree.open(parentOf(to));
    await tree.list(parentOf(to));
  }

  private delete(path: string): Promise<void> {
    return this.attempt(async () => {
      this.deleted = await this.tree!.api.delete(path);
      if (this.open !== null && within(this.open, path)) this.show(null);
      await this.tree!.list(parentOf(path));
    });
  }

  private undelete(deleted: Deleted): Promise<void> {
    return this.attempt(async () => {
      await this.tree!.api.restore(deleted.id);
      if (this.deleted?.id === deleted.id) this.deleted = null;
      if (this.trash) this.trash = this.trash.filter((d) => d !== deleted);
      await this.tree!.list(parentOf(deleted.path));
    });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.problem = '';
    try {
      await work();
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  private readonly picked = (event: Event) => {
    const input = event.target as HTMLInputElement;
    this.bring([...input.files ?? []]);
    input.value = '';
  };

  private readonly dropped = (event: DragEvent) => {
    event.preventDefault();
    if (!this.reachable) return;
    this.into = '';
    this.bring([...event.dataTransfer?.files ?? []]);
  };

  private bring(files: File[]): void {
    const tree = this.tree!;
    tree.open(this.into);
    uploads.add(tree.api, this.into, files);
  }
}
define('cv-files', CvFiles);

const follow = (url: string): void => download(url);
