import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { define, here, Light, onPhone } from '../elements/base.ts';
import '../elements/menu.ts';
import type { MenuItem } from '../elements/menu.ts';
import { icon } from '../icons.ts';
import { ago, bytes } from '../text/words.ts';
import { isUp } from '../text/workspace.ts';
import type { WorkspaceInfo } from '../wire.ts';
import { download } from './api.ts';
import type { CallProblem, Entry } from './api.ts';
import './past-file.ts';
import { PastTree, SnapshotsApi, when, whyWords } from './past.ts';
import type { SnapshotInfo } from './past.ts';
import { nameOf, shown } from './paths.ts';
import './rows.ts';
import { state } from './viewers.ts';

/** The workspace's snapshots, whether it runs or not: which there are, what was in one, and the way back. Event `brought-back`. */
export class CvSnapshots extends Light {
  static override properties = {
    workspace: { attribute: false }, offline: { attribute: false }, all: { state: true }, chosen: { state: true }, tree: { state: true }, file: { state: true }, asking: { state: true }, problem: { state: true }, busy: { state: true },
  };
  declare workspace: WorkspaceInfo;
  declare offline: boolean;
  /** newest first; null: not known yet */
  declare all: SnapshotInfo[] | null;
  /** the one that is looked into */
  declare chosen: SnapshotInfo | null;
  declare tree: PastTree | null;
  declare file: Entry | null;
  /** whether all of it is to come back; `force`: although what is there now is kept nowhere */
  declare asking: { snapshot: SnapshotInfo; force: boolean } | null;
  declare problem: string;
  declare busy: boolean;
  private shows = '';

  constructor() {
    super();
    this.offline = false;
    this.all = null;
    this.chosen = null;
    this.tree = null;
    this.file = null;
    this.asking = null;
    this.problem = '';
    this.busy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.tick(60_000);
  }

  private get api(): SnapshotsApi {
    return new SnapshotsApi(this.workspace.id);
  }

  protected override willUpdate(): void {
    // A new one may be there when the workspace has come to another state.
    const wanted = `${this.workspace.id} ${this.workspace.state}`;
    if (this.offline || wanted === this.shows) return;
    if (!this.shows.startsWith(`${this.workspace.id} `)) this.close();
    this.shows = wanted;
    void this.load();
  }

  private async load(): Promise<void> {
    this.problem = '';
    try {
      this.all = await this.api.all();
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  private close(): void {
    this.chosen = this.tree = this.file = this.asking = null;
    this.problem = '';
  }

  protected override render() {
    if (this.offline && !this.all) return state(html`<p>${here('Offline. The snapshots are on the server, not on this phone: they are shown when the connection is back.')}</p>`);
    if (!this.all) {
      return this.problem ? state(html`<p>${this.problem}</p><button type="button" class="cv-button" @click=${() => this.load()}>Try again</button>`, 'alert') : state(html`<p>Looking for snapshots</p>`, 'status');
    }
    return html`${this.problem ? html`<div class="cv-problem" role="alert"><span>${this.problem}</span><button type="button" class="cv-text-button" @click=${() => (this.problem = '')}>Close</button></div>` : nothing}
      ${this.asking ? this.askView(this.asking) : nothing}${this.chosen && this.tree ? this.inside(this.chosen, this.tree) : this.list(this.all)}`;
  }

  private list(all: SnapshotInfo[]) {
    if (all.length === 0) return state(html`<p>There is no snapshot of ${this.workspace.id} yet. One is made when the agent comes to rest, and before the workspace stops.</p>`);
    return html`<ul class="cv-found cv-snapshot-list" aria-label="Snapshots">${all.map((s) => html`<li>${s.state === 'done'
      ? html`<button type="button" ?disabled=${this.offline} @click=${() => this.look(s)}>${this.about(s, `${whyWords(s)} · ${count(s.files)}, ${bytes(s.bytes)}`, lacks(s))}</button>`
      : html`<div class="cv-snapshot-other" ?data-bad=${s.state === 'failed'}>${this.about(s, s.state === 'failed' ? `Failed, ${whyWords(s)}` : 'Being made', s.state === 'failed' ? [s.error, s.todo].filter(Boolean).join(' ') : '')}</div>`}</li>`)}</ul>`;
  }

  private about(s: SnapshotInfo, line: string, more: string) {
    return html`<span class="cv-snapshot"><b>${when(s)} <i>${agoWords(s)}</i></b><small>${line}</small>${more ? html`<small>${more}</small>` : nothing}</span>`;
  }

  private look(snapshot: SnapshotInfo): void {
    this.problem = '';
    this.chosen = snapshot;
    this.file = null;
    this.tree = new PastTree(this.api, snapshot.id, false);
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-snapshot-back')?.focus({ preventScroll: true }));
  }

  private inside(s: SnapshotInfo, tree: PastTree) {
    const part = (home: boolean, name: string) => html`<button type="button" aria-pressed=${tree.home === home} @click=${() => { this.tree = new PastTree(this.api, s.id, home); this.file = null; }}>${name}</button>`;
    const lacking = s.leftOut.length + s.unread.length;
    return html`<div class="cv-changes-body" ?data-open=${this.file !== null}><div class="cv-changes-list">
        <div class="cv-file-head"><button type="button" class="cv-icon-button cv-snapshot-back" aria-label="All snapshots" @click=${this.close}>${icon('back')}</button>
          <div class="cv-snapshot"><b>${when(s)}</b><small>${whyWords(s)}</small></div>
          <cv-menu .name=${'What to do with this snapshot'} .face=${icon('more')} .items=${this.menu(s, tree)}></cv-menu></div>
        <div class="cv-scope"><div class="cv-switch" role="group" aria-label="Files of">${part(false, 'Project')}${part(true, 'Home')}</div></div>
        ${lacking > 0 ? html`<details class="more cv-lacking"><summary>Not in it: ${lacking}</summary><ul>${s.leftOut.map((l) => html`<li><bdi>${shown(l.path)}</bdi> <small>${l.why}</small></li>`)}${s.unread.map((u) => html`<li><bdi>${shown(u)}</bdi> <small>could not be read</small></li>`)}</ul></details>` : nothing}
        ${keyed(tree, html`<cv-file-rows .tree=${tree} .current=${this.file?.path ?? null} .menu=${this.entryMenu} @open-file=${(e: CustomEvent<string>) => this.show(tree, e.detail)}></cv-file-rows>`)}</div>
      ${this.file ? html`<cv-past-file .tree=${tree} .path=${this.file.path} .size=${this.file.size} @back=${() => (this.file = null)}></cv-past-file>` : html`<div class="cv-wide-only cv-changes-state"><p>Choose a file to see how it was.</p></div>`}</div>`;
  }

  private show(tree: PastTree, path: string): void {
    const row = tree.rows().find((r) => r.kind === 'entry' && r.entry.path === path);
    if (row?.kind !== 'entry') return;
    this.file = row.entry;
    if (onPhone()) void this.updateComplete.then(() => this.querySelector<HTMLElement>('cv-past-file .cv-file-back')?.focus({ preventScroll: true }));
  }

  private menu(s: SnapshotInfo, tree: PastTree): MenuItem[] {
    return [
      { label: tree.home ? 'Download the home' : 'Download the project', run: () => download(tree.api.url(s.id, tree.place('')), `${this.workspace.id}${tree.home ? '-home' : ''}.tar`) },
      { label: 'New workspace from it', run: () => go(`/new?copy=${encodeURIComponent(this.workspace.id)}&snapshot=${encodeURIComponent(s.id)}`) },
      { label: 'Bring all of it back', bad: true, run: () => this.ask(s, false) },
    ];
  }

  private readonly entryMenu = (entry: Entry): MenuItem[] => {
    const tree = this.tree!;
    const folder = entry.type === 'folder';
    return [{ label: folder ? 'Download as archive' : 'Download', run: () => download(tree.api.url(tree.snapshot, tree.place(entry.path)), nameOf(entry.path) + (folder ? '.tar' : '')) }];
  };

  private ask(snapshot: SnapshotInfo, force: boolean): void {
    this.asking = { snapshot, force };
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-ask-restore button')?.focus());
  }

  private askView({ snapshot, force }: { snapshot: SnapshotInfo; force: boolean }) {
    const { workspace: ws } = this;
    const cancel = html`<button type="button" class="cv-button" @click=${() => (this.asking = null)}>Cancel</button>`;
    const box = (words: unknown, buttons: unknown) => html`<div class="cv-ask-restore" role="group" aria-label="Bring it back?" @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') this.asking = null; }}>${words}<div class="cv-buttons">${buttons}</div></div>`;
    if (isUp(ws) || ws.state === 'stopping') return box(html`<p><b>${ws.id} is ${ws.state}.</b> Stop it first: what is in it now is replaced by what was in the snapshot.</p>`, cancel);
    return box(html`<p><b>Bring back ${ws.id} as it was on ${when(snapshot)}?</b> ${force ? 'What is in it now is in no snapshot, and is gone then.' : ws.state === 'deleted' ? 'It is made anew with these files, and starts.' : 'All files in it are replaced by those of the snapshot, and it starts. What it had when it stopped stays in the newest snapshot.'} Conversations keep everything that was said.</p>`,
      html`${cancel}<button type="button" class="cv-button cv-danger" ?disabled=${this.busy || this.offline} @click=${() => this.bringBack(snapshot, force)}>${force ? 'Give up what is there' : 'Bring back'}</button>`);
  }

  private async bringBack(snapshot: SnapshotInfo, force: boolean): Promise<void> {
    this.busy = true;
    this.problem = '';
    try {
      await this.api.bringBack(snapshot.id, force);
      this.close();
      this.dispatchEvent(new CustomEvent('brought-back'));
    } catch (error) {
      if ((error as CallProblem).force && !force) this.ask(snapshot, true);
      else {
        this.asking = null;
        this.problem = (error as Error).message;
      }
    } finally {
      this.busy = false;
    }
  }
}
define('cv-snapshots', CvSnapshots);

const count = (files: number): string => `${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}`;

function agoWords(s: SnapshotInfo): string {
  const words = ago(s.begunAt, Date.now());
  return words === 'now' ? 'just now' : `${words} ago`;
}

function lacks(s: SnapshotInfo): string {
  const named = s.leftOut.slice(0, 3).map((l) => shown(l.path)).join(', ');
  const more = s.leftOut.length > 3 ? ` and ${s.leftOut.length - 3} more` : '';
  return [named && `Without ${named}${more}`, s.unread.length > 0 && `${s.unread.length} could not be read`].filter(Boolean).join('. ');
}

/** By the frame's own router. */
function go(href: string): void {
  const a = document.createElement('a');
  a.href = href;
  a.setAttribute('router-link', '');
  document.body.append(a);
  a.click();
  a.remove();
}
