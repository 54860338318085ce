import { html, nothing } from 'lit';
import { define, here, Light, newId } from '../elements/base.ts';
import '../elements/menu.ts';
import type { MenuItem } from '../elements/menu.ts';
import { icon } from '../icons.ts';
import { canStart, isUp, startWords } from '../text/workspace.ts';
import type { WorkspaceInfo } from '../wire.ts';
import type { Comment } from './comments.ts';
import './diff.ts';
import { changeOf, gitApi } from './git-api.ts';
import './git-commit.ts';
import type { Commit } from './git-commit.ts';
import type { Entry, GitProblem, Job, Overview, Status } from './git-api.ts';
import { askNote, saidNote, thrownNote } from './git-notes.ts';
import type { Ask, Said, Thrown } from './git-notes.ts';
import './git-panels.ts';
import type { Panel } from './git-panels.ts';
import { recall, remember } from './git-memory.ts';
import { files, jobWords, place, sideNames, statusWords } from './git-words.ts';

/** A file that is looked at. `side` is `worktree`, `staged`, `head` or a commit. */
interface Open {
  entry: Entry;
  side: string;
}
const LOOK_MS = 5000;
const JOB_MS = 700;

/**
 * The project's own git: what is staged and what is not, commits, branches, remotes, conflicts. Events: `comment`,
 * `uncomment` as of `cv-file-diff`, `start-workspace`.
 */
export class CvGit extends Light {
  static override properties = {
    workspace: { attribute: false }, offline: { attribute: false }, stamp: { attribute: false }, notes: { attribute: false }, wide: { attribute: false },
    overview: { state: true }, problem: { state: true }, busy: { state: true }, open: { state: true }, panel: { state: true },
    ask: { state: true }, thrown: { state: true }, jobSeen: { state: true }, words: { state: true },
  };
  declare workspace: WorkspaceInfo | null;
  declare offline: boolean;
  /** changes when a turn has ended */
  declare stamp: number;
  declare notes: Comment[];
  declare wide: boolean;
  declare overview: Overview | null;
  declare problem: GitProblem | null;
  /** what git is just doing for the person, for screen readers; empty: nothing */
  declare busy: string;
  declare open: Open | null;
  declare panel: Panel | null;
  declare ask: Ask | null;
  declare thrown: Thrown | null;
  /** the job whose end was read */
  declare jobSeen: string;
  /** shows all that git said */
  declare words: boolean;
  private loading: AbortController | null = null;
  private of = '';
  private read = '';
  private timer = 0;

  constructor() {
    super();
    this.workspace = this.overview = this.problem = this.open = this.panel = this.ask = this.thrown = null;
    this.offline = this.wide = this.words = false;
    this.stamp = 0;
    this.notes = [];
    this.busy = this.jobSeen = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => {
      if (document.hidden || !this.reachable || this.busy) return;
      const running = this.overview?.job?.state === 'running';
      if (running || Date.now() - this.looked > LOOK_MS) void this.look();
    }, JOB_MS);
    this.later(() => clearInterval(this.timer));
    this.later(() => this.loading?.abort());
  }
  private looked = 0;

  private get workspaceId(): string {
    return this.workspace?.id ?? '';
  }

  private get reachable(): boolean {
    return !this.offline && this.workspace?.online === true;
  }

  protected override willUpdate(): void {
    if (this.workspaceId !== this.of) {
      this.of = this.workspaceId;
      this.overview = this.open = this.panel = this.thrown = null;
      this.jobSeen = recall('job', this.workspaceId);
    }
    const wanted = `${this.workspaceId} ${this.stamp} ${this.reachable}`;
    if (this.reachable && wanted !== this.read) {
      this.read = wanted;
      void this.look();
    }
    if (!this.reachable) this.read = '';
  }

  private async look(): Promise<void> {
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    this.looked = Date.now();
    try {
      const overview = await gitApi.overview(this.workspaceId, loading.signal);
      if (!loading.signal.aborted) this.show(overview);
      if (this.problem?.kind === 'look') this.problem = null;
    } catch (error) {
      if (loading.signal.aborted) return;
      const problem = error as GitProblem;
      if (!this.overview || problem.status >= 500) this.problem = Object.assign(problem, { kind: 'look' });
    }
  }

  private show(overview: Overview): void {
    const same = JSON.stringify(overview) === JSON.stringify(this.overview);
    this.looked = Date.now();
    if (same) return;
    this.overview = overview;
    const { open } = this;
    if (open && /^(worktree|staged|head)$/.test(open.side)) {
      const list = open.side === 'staged' ? overview.status?.staged : open.side === 'head' ? overview.status?.conflicts : overview.status?.unstaged;
      const entry = list?.find((e) => e.path === open.entry.path);
      this.open = entry ? { ...open, entry } : null;
    }
  }

  /** Does one thing at a time; what comes of it is shown. */
  private async run(doing: string, work: () => Promise<Overview | void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = doing;
    this.problem = null;
    this.words = false;
    this.ask = null;
    this.loading?.abort();
    let done = true;
    try {
      const overview = await work();
      if (overview) this.show(overview);
    } catch (error) {
      this.problem = error as GitProblem;
      done = false;
    }
    this.busy = '';
    if (this.reachable) await this.look();
    return done;
  }

  private stage(entries: Entry[] | null): void {
    void this.run('Staging', () => gitApi.stage(this.workspaceId, entries && entries.map((e) => e.path))).then(this.refocus);
  }

  /** What had the focus has gone with its row: whoever works by keys goes on where the next thing is done. */
  private readonly refocus = async () => {
    await this.updateComplete;
    if (document.activeElement !== document.body) return;
    (this.querySelector<HTMLElement>('.cv-git-file .cv-icon-button:not(:disabled)') ?? this.querySelector<HTMLElement>('cv-git-commit textarea'))?.focus({ preventScroll: true });
  };

  private unstage(entries: Entry[] | null): void {
    void this.run('Unstaging', () => gitApi.unstage(this.workspaceId, entries && entries.flatMap((e) => (e.from ? [e.path, e.from] : [e.path])))).then(this.refocus);
  }

  private discard(entries: Entry[]): void {
    const gone = entries.filter((e) => e.status === '?').length;
    const what = entries.length === 1 ? entries[0]!.path : files(entries.length);
    this.confirm({
      words: `Discard the changes of ${what}? ${gone === 0 ? 'They go back to what is staged or committed.' : gone === entries.length ? 'git does not know it: it is deleted.' : `${files(gone)} that git does not know are deleted, the others go back to what is staged or committed.`} You can undo it.`,
      yes: 'Discard', run: () => void this.run('Discarding', async () => { const undo = await gitApi.discard(this.workspaceId, entries.map((e) => e.path));
        this.thrown = { ...undo, words: undo.paths.length === 0 ? '' : `${undo.paths.length === 1 ? undo.paths[0] : files(undo.paths.length)} discarded.` };
      }),
    });
  }

  private takeBack(undo: Thrown): void {
    void this.run('Bringing back', async () => {
      const { kept: left } = await gitApi.undo(this.workspaceId, undo);
      this.thrown = left.length > 0 ? { ...undo, words: '', paths: [], kept: left } : null;
    });
  }

  private confirm(ask: Ask): void {
    this.ask = ask;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-git-ask .cv-button')?.focus());
  }

  private async commit({ message, done }: Commit): Promise<void> {
    const { status } = this.overview!;
    if (await this.run('Committing', async () => void (await gitApi.commit(this.workspaceId, message, status!.head)))) done();
  }

  private begin(what: Job['what'], more: object = {}): void {
    if (what === 'push' && this.overview?.remotes.length === 0) {
      this.panel = 'remote';
      return;
    }
    const id = newId();
    void this.run(what === 'push' ? 'Pushing' : what === 'pull' ? 'Pulling' : 'Fetching', async () => {
      const job = await gitApi.begin(this.workspaceId, what, id, more);
      if (this.overview) this.overview = { ...this.overview, job };
    });
  }

  // --- the screen -------------------------------------------------------------------------------------------------------

  protected override render() {
    const { overview } = this;
    if (!overview) return this.nothingYet();
    if (!overview.repository || !overview.status) {
      return state(html`<p>This project has no git. Its changes are kept by turn all the same; with git you can commit and push.</p>
        <button type="button" class="cv-button cv-primary" ?disabled=${!this.reachable || this.busy !== ''} @click=${() => this.run('Making a repository', () => gitApi.init(this.workspaceId))}>Make it a repository</button>
        ${this.problemView()}`);
    }
    const { status } = overview;
    const { open } = this;
    return html`${this.stale()}<div class="cv-changes-body" ?data-open=${open !== null}>
      <div class="cv-changes-list cv-git">${this.panel ? html`<cv-git-panel .workspaceId=${this.workspaceId} .panel=${this.panel} .overview=${overview} @close=${this.closePanel}
          @done=${(e: CustomEvent<Overview | undefined>) => { if (e.detail?.status) this.show(e.detail); void this.look(); }} @open=${(e: CustomEvent<Open>) => this.lookAt(e.detail)}></cv-git-panel>`
        : html`${this.head(overview, status)}<div class="cv-git-lists">${this.jobView(overview.job)}${this.operation(status)}${this.thrown ? thrownNote(this.thrown, this.busy !== '', () => this.takeBack(this.thrown!), () => (this.thrown = null)) : nothing}${this.ask ? askNote(this.ask, () => (this.ask = null)) : nothing}${this.problemView()}
          ${this.list('Conflicts', status.conflicts, 'head', (e) => this.conflictButtons(e, status))}
          ${this.list('Staged', status.staged, 'staged', (e) => this.small('minus', `Unstage ${e.path}`, () => this.unstage([e])), { label: 'Unstage all', run: () => this.unstage(null) })}
          ${this.list('Changes', status.unstaged, 'worktree', (e) => this.small('plus', `Stage ${e.path}`, () => this.stage([e])), { label: 'Stage all', run: () => this.stage(null) })}
          ${status.more ? html`<p class="cv-file-note">There are more files than are shown.</p>` : nothing}
          ${status.staged.length + status.unstaged.length + status.conflicts.length === 0 ? html`<p class="cv-git-empty">Nothing to commit. ${status.head ? 'Everything is as in the last commit.' : 'There is no commit yet.'}</p>` : nothing}</div>
          <cv-git-commit .workspaceId=${this.workspaceId} .overview=${overview} .held=${!this.reachable || this.busy !== ''} .committing=${this.busy === 'Committing'}
            @commit=${(e: CustomEvent<Commit>) => this.commit(e.detail)} @author=${(e: CustomEvent<{ name: string; email: string }>) => this.run('Keeping the name', () => gitApi.author(this.workspaceId, e.detail.name, e.detail.email))}></cv-git-commit>`}</div>
      ${open ? this.diff(open) : nothing}</div><span class="cv-sr" role="status">${this.busy}</span>`;
  }

  private nothingYet() {
    const ws = this.workspace;
    if (this.offline) return state(html`<p>${here('Offline. The project’s git is in the workspace, not on this phone: it is shown when the connection is back.')}</p>`);
    if (ws && !isUp(ws)) {
      return state(html`<p>${ws.id} is ${ws.state}. Its git is shown when it runs.</p>
        ${canStart(ws) ? html`<button type="button" class="cv-button cv-primary" @click=${() => this.dispatchEvent(new CustomEvent('start-workspace'))}>${startWords(ws)}</button>` : nothing}`);
    }
    if (this.problem) return state(html`<p>${this.problem.message} ${this.problem.todo}</p><button type="button" class="cv-button cv-soft" @click=${() => this.look()}>Try again</button>`, 'alert');
    return state(html`<p>${this.reachable ? 'Looking at the project' : 'Waiting for the workspace to connect'}</p>`, 'status');
  }

  private stale() {
    if (this.reachable) return nothing;
    return html`<div class="cv-restored" role="status"><span>${this.offline ? 'Offline.' : `${this.workspaceId} is ${this.workspace?.state === 'running' ? 'not connected' : this.workspace?.state}.`} This is what was read before.</span>
      ${this.offline || !this.workspace || !canStart(this.workspace) ? nothing : html`<button type="button" class="cv-text-button" @click=${() => this.dispatchEvent(new CustomEvent('start-workspace'))}>${startWords(this.workspace)}</button>`}</div>`;
  }

  private head(overview: Overview, status: Status) {
    const held = !this.reachable || this.busy !== '' || overview.job?.state === 'running';
    return html`<div class="cv-git-head"><button type="button" class="cv-git-branch" ?disabled=${!this.reachable} @click=${() => (this.panel = 'branches')}>
        ${icon('branch')}<span class="cv-path"><b><span class="cv-sr">Branch </span>${status.branch ?? `detached at ${status.head?.slice(0, 8) ?? '?'}`}</b><small>${place(status)}</small></span></button>
      ${status.upstream ? html`<button type="button" class="cv-text-button" ?disabled=${held} @click=${() => this.begin('pull')}>Pull</button>` : nothing}
      <button type="button" class="cv-text-button" ?disabled=${held || !status.head || !status.branch} @click=${() => this.begin('push')}>Push</button>
      <cv-menu .name=${'More of git'} .face=${icon('more')} .items=${this.menu(overview, status)}></cv-menu></div>`;
  }

  private menu(overview: Overview, status: Status): MenuItem[] {
    const to = (panel: Panel) => () => (this.panel = panel);
    return [
      { label: 'Log', run: to('log') }, { label: 'Branches', run: to('branches') },
      { label: status.stashes > 0 ? `Stashes (${status.stashes})` : 'Stash', run: to('stashes') },
      ...(overview.remotes.length > 0 ? [{ label: 'Fetch', run: () => this.begin('fetch') }, { label: 'Pull request', run: to('request') }] : []),
      { label: 'Remote', run: to('remote') },
      ...(status.unstaged.length > 0 ? [{ label: 'Discard all unstaged changes', bad: true, run: () => this.discard(status.unstaged.filter((e) => !e.repository)) }] : []),
    ];
  }

  private jobView(job: Job | null) {
    if (!job || job.id === this.jobSeen) return nothing;
    // Conflicts have their own place on the screen, as long as they are there.
    if (job.state === 'failed' && job.what === 'pull' && job.kind === 'conflict') return nothing;
    const close = () => { this.jobSeen = job.id; remember('job', this.workspaceId, job.id); };
    if (job.state === 'running') {
      return html`<div class="cv-restored" role="status">${icon('busy')}<span>${jobWords(job)}</span><button type="button" class="cv-text-button cv-bad" @click=${() => gitApi.stop(this.workspaceId, job.id).catch(() => undefined)}>Stop</button></div>`;
    }
    const more = job.state === 'failed' && job.kind === 'diverged'
      ? html`<button type="button" class="cv-text-button" @click=${() => this.begin('pull', { how: 'merge' })}>Merge</button><button type="button" class="cv-text-button" @click=${() => this.begin('pull', { how: 'rebase' })}>Rebase</button>`
      : job.state === 'failed' && job.kind === 'rejected' && job.what === 'push' ? html`<button type="button" class="cv-text-button" @click=${() => this.begin('pull')}>Pull</button>` : nothing;
    return this.said({ tone: job.state === 'failed' ? 'bad' : 'good', words: jobWords(job), todo: job.todo, url: job.url, output: job.output }, html`${more}<button type="button" class="cv-text-button" @click=${close}>Close</button>`);
  }

  private said(said: Said, buttons: unknown) {
    return saidNote(said, this.words, () => (this.words = !this.words), buttons);
  }

  private problemView() {
    const { problem } = this;
    if (!problem) return nothing;
    return this.said({ tone: 'bad', words: problem.message, todo: problem.todo, url: null, output: problem.output ?? '' }, html`<button type="button" class="cv-text-button" @click=${() => (this.problem = null)}>Close</button>`);
  }

  private operation(status: Status) {
    const what = status.operation;
    if (!what) return nothing;
    if (what === 'bisect') return html`<div class="cv-restored" role="status"><span>A bisect is under way: go on with it in the terminal.</span></div>`;
    const left = status.conflicts.length;
    return html`<div class="cv-git-said" role="status" data-tone="wait"><p>${left > 0 ? `A ${what} stopped: ${left} ${left === 1 ? 'conflict is' : 'conflicts are'} to be resolved.` : `The ${what} can go on: no conflict is left.`}</p>
      <div><button type="button" class="cv-text-button cv-bad" ?disabled=${this.busy !== ''} @click=${() => this.confirm({ words: `Abort the ${what}? Everything is as before it then; what you resolved is lost.`, yes: `Abort ${what}`, run: () => void this.run('Aborting', async () => void (await gitApi.abort(this.workspaceId))) })}>Abort</button>
        <button type="button" class="cv-text-button" ?disabled=${this.busy !== '' || left > 0} @click=${() => this.run('Going on', async () => void (await gitApi.goOn(this.workspaceId)))}>Continue ${what}</button></div></div>`;
  }

  private list(title: string, entries: Entry[], side: string, buttons: (e: Entry) => unknown, all?: { label: string; run: () => void }) {
    if (entries.length === 0) return nothing;
    return html`<div class="cv-git-title"><h3>${title} <span>${entries.length}</span></h3>${all ? html`<button type="button" class="cv-text-button" ?disabled=${!this.reachable || this.busy !== ''} @click=${all.run}>${all.label}</button>` : nothing}</div>
      <ul class="cv-changed" aria-label=${title}>${entries.map((e) => html`<li class="cv-git-file"><button type="button" aria-current=${this.open?.entry === e ? 'true' : nothing} @click=${() => this.lookAt({ entry: e, side })}>
        <span class="cv-path"><b>${e.path.slice(e.path.lastIndexOf('/') + 1)}</b><small>${e.from ? `was ${e.from}` : e.path.slice(0, Math.max(0, e.path.lastIndexOf('/')))}</small></span>
        <em data-status=${e.status === '?' ? 'A' : e.status === 'U' ? 'D' : e.status}>${statusWords(e)}</em></button>${buttons(e)}</li>`)}</ul>`;
  }

  private small(face: 'plus' | 'minus', name: string, run: () => void) {
    return html`<button type="button" class="cv-icon-button" aria-label=${name} ?disabled=${!this.reachable || this.busy !== ''} @click=${run}>${icon(face)}</button>`;
  }

  private conflictButtons(e: Entry, status: Status) {
    const names = sideNames(status);
    const take = (side: 'ours' | 'theirs' | 'merged') => () => void this.run('Resolving', async () => {
      const undo = await gitApi.resolve(this.workspaceId, e.path, side);
      this.thrown = side === 'merged' ? null : { ...undo, words: `${e.path} is resolved; Undo brings back what was in the file.` };
    });
    return html`<cv-menu plain .face=${html`<span class="cv-text-button cv-git-resolve">Resolve<span class="cv-sr"> ${e.path}</span></span>`} .items=${[
      { label: names.ours, run: take('ours') }, { label: names.theirs, run: take('theirs') }, { label: 'As the file is now', run: take('merged') },
    ]}></cv-menu>`;
  }

  private diff(open: Open) {
    const { entry, side } = open;
    const actions = side === 'staged' ? [{ label: 'Unstage', run: () => this.unstage([entry]) }]
      : side === 'worktree' && !entry.repository ? [{ label: 'Discard', bad: true, run: () => { if (!this.wide) this.open = null; this.discard([entry]); } }, { label: 'Stage', run: () => this.stage([entry]) }] : [];
    return html`<cv-file-diff .workspaceId=${this.workspaceId} .from=${side} .to=${side} .change=${this.change(open)} .source=${this.source(open)} .actions=${actions} .comments=${this.notes} .wide=${this.wide}
      @back=${this.back} @comment=${(e: CustomEvent) => this.dispatchEvent(new CustomEvent('comment', { detail: e.detail }))} @uncomment=${(e: CustomEvent) => this.dispatchEvent(new CustomEvent('uncomment', { detail: e.detail }))}></cv-file-diff>`;
  }

  private shownOf: Open | null = null;
  private shownOverview: Overview | null = null;
  private shownChange = changeOf({ path: '', from: null, status: 'M', conflict: null, repository: false });
  private shownSource = gitApi.source('', '', null, '');

  /** The same until something changed, so that it is read once. */
  private change(open: Open) {
    if (open !== this.shownOf || this.overview !== this.shownOverview) {
      this.shownOf = open;
      this.shownOverview = this.overview;
      this.shownChange = changeOf(open.entry);
      this.shownSource = gitApi.source(this.workspaceId, open.entry.path, open.entry.from, open.side);
    }
    return this.shownChange;
  }

  private source(open: Open) {
    this.change(open);
    return this.shownSource;
  }

  private lookAt(open: Open): void {
    this.open = open;
    void this.updateComplete.then(() => {
      if (!this.wide) this.querySelector<HTMLElement>('.cv-file-back')?.focus();
    });
  }

  private readonly back = async () => {
    this.open = null;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.cv-changed button')?.focus();
  };

  private readonly closePanel = async () => {
    this.panel = null;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.cv-git-branch')?.focus();
  };
}
define('cv-git', CvGit);

const state = (content: unknown, role?: 'alert' | 'status') => html`<div class="cv-changes-state" role=${role ?? nothing}>${content}</div>`;
