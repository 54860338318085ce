import { html, nothing } from 'lit';
import { define, Light, newId } from '../elements/base.ts';
import { icon } from '../icons.ts';
import { ago } from '../text/words.ts';
import { gitApi } from './git-api.ts';
import type { Branch, Commit, Entry, Overview, Shown, Stash } from './git-api.ts';
import { files, statusWords } from './git-words.ts';

export type Panel = 'branches' | 'log' | 'stashes' | 'request' | 'remote';

/**
 * What stands beside the list of changes: branches, the log, stashes, a pull request, a remote. Events: `close`, `done` with
 * an `Overview` or nothing, `open` with an entry and the commit that it is of.
 */
export class CvGitPanel extends Light {
  static override properties = {
    workspaceId: { attribute: false }, panel: { attribute: false }, overview: { attribute: false },
    branches: { state: true }, stashes: { state: true }, commits: { state: true }, shown: { state: true }, problem: { state: true }, busy: { state: true }, text: { state: true },
  };
  declare workspaceId: string;
  declare panel: Panel;
  declare overview: Overview;
  declare branches: Branch[] | null;
  declare stashes: Stash[] | null;
  declare commits: { commits: Commit[]; more: boolean } | null;
  declare shown: Shown | null;
  declare problem: string;
  declare busy: boolean;
  declare text: string;

  constructor() {
    super();
    this.branches = this.stashes = this.commits = this.shown = null;
    this.problem = this.text = '';
    this.busy = false;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('panel')) {
      this.problem = this.text = '';
      this.shown = null;
      void this.load();
    }
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('.cv-git-close')?.focus();
  }

  private async load(): Promise<void> {
    await this.run(async () => {
      if (this.panel === 'branches') this.branches = await gitApi.branches(this.workspaceId);
      if (this.panel === 'stashes') this.stashes = await gitApi.stashes(this.workspaceId);
      if (this.panel === 'log') this.commits = await gitApi.log(this.workspaceId, 0);
    });
  }

  private async run(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.problem = '';
    try {
      await work();
    } catch (error) {
      const { message, todo } = error as Error & { todo?: string };
      this.problem = [message, todo].filter(Boolean).join(' ');
    }
    this.busy = false;
  }

  private change(work: () => Promise<unknown>, stay = false): void {
    void this.run(async () => {
      const overview = await work();
      this.dispatchEvent(new CustomEvent('done', { detail: overview }));
      if (stay) await this.load();
      else this.close();
    });
  }

  private close(): void {
    this.dispatchEvent(new CustomEvent('close'));
  }

  private readonly back = () => {
    if (this.shown) this.shown = null;
    else this.close();
  };

  protected override render() {
    const titles: Record<Panel, string> = { branches: 'Branches', log: 'Log', stashes: 'Stashes', request: 'Pull request', remote: 'Remote' };
    const content = { branches: () => this.branchList(), log: () => this.log(), stashes: () => this.stashList(), request: () => this.request(), remote: () => this.remote() };
    return html`<section class="cv-git-panel" aria-label=${titles[this.panel]} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') this.back(); }}>
      <div class="cv-file-head"><button type="button" class="cv-icon-button cv-git-close" aria-label=${this.shown ? 'Back to the log' : 'Back to the changes'} @click=${this.back}>${icon('back')}</button>
        <h2>${this.shown ? this.shown.oid.slice(0, 10) : titles[this.panel]}</h2></div>
      ${this.problem ? html`<p class="cv-git-problem" role="alert">${this.problem}</p>` : nothing}${content[this.panel]()}</section>`;
  }

  private typed = (e: Event) => (this.text = (e.target as HTMLInputElement).value);

  private branchList() {
    const name = this.text.trim();
    return html`<form class="cv-git-form" @submit=${(e: Event) => { e.preventDefault(); if (name) this.change(() => gitApi.newBranch(this.workspaceId, name)); }}>
        <label>New branch, from here<input class="cv-input" autocapitalize="none" autocomplete="off" spellcheck="false" .value=${this.text} @input=${this.typed}></label>
        <button type="submit" class="cv-button cv-primary" ?disabled=${this.busy || !name}>Make and switch</button></form>
      ${this.list(this.branches, 'Branches', 'There is no branch yet: the first commit makes one.', (b) => html`<li><button type="button" ?disabled=${this.busy} aria-current=${b.current ? 'true' : nothing}
        @click=${() => (b.current ? this.close() : this.change(() => gitApi.switchTo(this.workspaceId, b)))}><span class="cv-path"><b>${b.name}</b><small>${b.subject}</small></span>
        <em class="cv-dim">${[b.current ? 'here' : b.remote ? 'remote' : '', ago(b.at, Date.now())].filter(Boolean).join(' · ')}</em></button></li>`)}`;
  }

  private stashList() {
    const changes = (this.overview.status?.staged.length ?? 0) + (this.overview.status?.unstaged.length ?? 0);
    return html`<form class="cv-git-form" @submit=${(e: Event) => { e.preventDefault(); this.change(() => gitApi.stash(this.workspaceId, this.text), true); }}>
        <label>What it is, if you like<input class="cv-input" .value=${this.text} @input=${this.typed}></label>
        <button type="submit" class="cv-button cv-primary" ?disabled=${this.busy || changes === 0}>${changes === 0 ? 'Nothing to put aside' : `Put ${files(changes)} aside`}</button></form>
      ${this.list(this.stashes, 'Stashes', 'Nothing is put aside.', (s) => html`<li><div class="cv-git-row"><span class="cv-path"><b>${s.message}</b><small>${ago(s.at, Date.now())}</small></span>
        <button type="button" class="cv-button cv-soft" ?disabled=${this.busy} aria-label=${`Bring back ${s.message}`} @click=${() => this.change(() => gitApi.pop(this.workspaceId, s))}>Bring back</button></div></li>`)}`;
  }

  private log() {
    if (this.shown) return this.commit(this.shown);
    const { commits } = this;
    return html`${this.list(commits?.commits ?? null, 'Commits', 'There is no commit yet.', (c) => html`<li><button type="button" ?disabled=${this.busy} @click=${() => this.run(async () => { this.shown = await gitApi.commitOf(this.workspaceId, c.oid); })}>
        <span class="cv-path"><b>${c.subject || 'no words'}</b><small>${c.author}, ${ago(c.at, Date.now())}${c.refs.length > 0 ? ` · ${c.refs.join(', ')}` : ''}</small></span>
        ${c.unpushed ? html`<em class="cv-dim">not pushed</em>` : nothing}</button></li>`)}
      ${commits?.more ? html`<button type="button" class="cv-quiet" ?disabled=${this.busy} @click=${() => this.run(async () => {
        const next = await gitApi.log(this.workspaceId, commits.commits.length);
        this.commits = { commits: [...commits.commits, ...next.commits], more: next.more };
      })}>Show older commits</button>` : nothing}`;
  }

  private commit(c: Shown) {
    return html`<p class="cv-git-message">${c.message}</p><p class="cv-file-note">${c.author} &lt;${c.email}&gt;, ${new Date(c.at).toLocaleString()}</p>
      ${this.list(c.files, 'Files of the commit', 'It changed no file.', (f: Entry) => html`<li><button type="button" @click=${() => this.dispatchEvent(new CustomEvent('open', { detail: { entry: f, side: c.oid } }))}>
        <span class="cv-path"><b>${f.path.slice(f.path.lastIndexOf('/') + 1)}</b><small>${f.path.slice(0, Math.max(0, f.path.lastIndexOf('/')))}</small></span><em data-status=${f.status}>${statusWords(f)}</em></button></li>`)}
      ${c.more ? html`<p class="cv-file-note">There are more files than are shown.</p>` : nothing}`;
  }

  private request() {
    const { status, base, compare, program } = this.overview;
    const form = (e: Event) => {
      e.preventDefault();
      const data = new FormData(e.target as HTMLFormElement);
      this.change(() => gitApi.begin(this.workspaceId, 'pull-request', newId(), { title: data.get('title'), body: data.get('body'), base: data.get('base') || null, draft: data.has('draft') }).then(() => undefined));
    };
    return html`${program ? html`<form class="cv-git-form" @submit=${form}>
        <label>Title<input class="cv-input" name="title" required maxlength="300"></label>
        <label>Description<textarea class="cv-input" name="body" rows="5"></textarea></label>
        <label>Into branch<input class="cv-input" name="base" autocapitalize="none" spellcheck="false" placeholder="the default branch" value=${base ?? ''}></label>
        <label class="cv-git-check"><input type="checkbox" name="draft"> Draft</label>
        <button type="submit" class="cv-button cv-primary" ?disabled=${this.busy}>Ask with ${program}</button></form>` : nothing}
      ${compare ? html`<div class="cv-git-form"><p>${program ? 'Or on the forge’s page:' : 'The forge’s page asks for the rest. Push the branch first.'}</p>
        <a class="cv-button" href=${compare} target="_blank" rel="noopener noreferrer">Open pull request page</a></div>`
      : program ? nothing : html`<p class="cv-git-problem">${status?.branch && status.branch === base ? `You are on ${base}, which pull requests go into: make a branch first.` : 'The remote’s address is of no forge that is known here. What it said of the last push may have a link.'}</p>`}`;
  }

  private remote() {
    const url = this.text.trim();
    return html`<form class="cv-git-form" @submit=${(e: Event) => { e.preventDefault(); if (url) this.change(() => gitApi.remote(this.workspaceId, url)); }}>
      ${this.overview.remotes.map((r) => html`<p><b>${r.name}</b> ${r.url}</p>`)}
      <label>Address of origin<input class="cv-input" type="text" inputmode="url" autocapitalize="none" autocomplete="off" spellcheck="false" placeholder="https://… or git@…" .value=${this.text} @input=${this.typed}></label>
      <button type="submit" class="cv-button cv-primary" ?disabled=${this.busy || !url}>Keep</button></form>`;
  }

  private list<T>(all: T[] | null, label: string, empty: string, row: (item: T) => unknown) {
    if (!all) return this.problem ? nothing : html`<p class="cv-git-empty" role="status">Loading</p>`;
    return all.length === 0 ? html`<p class="cv-git-empty">${empty}</p>` : html`<ul class="cv-changed" aria-label=${label}>${all.map(row)}</ul>`;
  }
}
define('cv-git-panel', CvGitPanel);
