import { html, nothing } from 'lit';
import { define, here, Light } from '../elements/base.ts';
import { counts } from '../elements/diff.ts';
import '../elements/menu.ts';
import type { MenuItem } from '../elements/menu.ts';
import { icon } from '../icons.ts';
import type { Entry } from '../outbox/entries.ts';
import { canStart, isUp, startWords } from '../text/workspace.ts';
import type { WorkspaceInfo } from '../wire.ts';
import { api, CallProblem } from './api.ts';
import type { Changes, Checkpoints, FileChange } from './api.ts';
import { comments, messageOf } from './comments.ts';
import type { Comment } from './comments.ts';
import { effectWords, lastRestored, only, restoredWords, takesBack } from './restoring.ts';
import type { Hunk } from './rows.ts';
import { scopesOf } from './scopes.ts';
import type { Scope } from './scopes.ts';
import './diff.ts';
import './git.ts';

/** A restoration that waits for a yes. */
interface Ask {
  checkpointId: string;
  path: string | null;
  /** the only change of the file; null: all of it */
  hunk: (Hunk & { to: string }) | null;
  words: string;
  /** what it would change; null: not known yet */
  effect: Changes | null;
  problem: string;
}

const WIDE = '(min-width: 900px)';

/**
 * What the agent changed, turn by turn; comments on it; and the way back. Events: `compose` with the text of a message,
 * `restore` with `{checkpointId, path, hunk, words}`, `start-workspace`.
 */
export class CvChanges extends Light {
  static override properties = {
    conversationId: { attribute: 'conversation-id' }, workspace: { attribute: false }, offline: { attribute: false }, working: { attribute: false },
    stamp: { attribute: false }, titles: { attribute: false }, pending: { attribute: false },
    all: { state: true }, changes: { state: true }, scope: { state: true }, path: { state: true }, problem: { state: true }, asked: { state: true },
    notes: { state: true }, kept: { state: true }, view: { state: true },
  };
  declare conversationId: string;
  declare workspace: WorkspaceInfo | null;
  declare offline: boolean;
  declare working: boolean;
  /** changes when the journal says something of checkpoints */
  declare stamp: number;
  /** what a turn was about */
  declare titles: (turnId: string) => string;
  /** restorations that the workspace has not done yet */
  declare pending: Entry[];
  declare all: Checkpoints | null;
  declare changes: Changes | null;
  declare scope: string;
  declare path: string | null;
  declare problem: string;
  declare asked: Ask | null;
  declare notes: Comment[];
  /** the comments could not be kept */
  declare kept: boolean;
  /** what the agent did turn by turn, or the project's own git */
  declare view: 'turns' | 'git';
  private readonly wide = matchMedia(WIDE);
  private loading: AbortController | null = null;
  private loaded = '';
  private writing: Promise<void> = Promise.resolve();

  constructor() {
    super();
    this.conversationId = '';
    this.workspace = null;
    this.offline = false;
    this.working = false;
    this.stamp = 0;
    this.titles = () => '';
    this.pending = [];
    this.all = null;
    this.changes = null;
    this.scope = '';
    this.path = null;
    this.problem = '';
    this.asked = null;
    this.notes = [];
    this.kept = true;
    this.view = remembered();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const changed = () => this.requestUpdate();
    this.wide.addEventListener('change', changed);
    this.later(() => this.wide.removeEventListener('change', changed));
    this.later(() => this.loading?.abort());
  }

  private get reachable(): boolean {
    return !this.offline && this.workspace?.online === true;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('conversationId') && this.conversationId) {
      this.all = this.changes = null;
      this.scope = '';
      this.path = null;
      const id = this.conversationId;
      void comments.read(id).then((notes) => { if (id === this.conversationId) this.notes = notes; });
    }
    const wanted = `${this.conversationId} ${this.workspace?.id} ${this.stamp} ${this.reachable}`;
    if (this.reachable && wanted !== this.loaded) {
      this.loaded = wanted;
      void this.load();
    }
    if (!this.reachable) this.loaded = '';
  }

  // --- what is there ----------------------------------------------------------------------------------------------------

  private async load(): Promise<void> {
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    this.problem = '';
    try {
      const all = await api.checkpoints(this.conversationId, loading.signal);
      if (loading.signal.aborted) return;
      this.all = all;
      const scopes = this.scopes();
      const scope = scopes.find((s) => s.id === this.scope) ?? scopes[0];
      if (!scope) {
        this.changes = null;
        return;
      }
      const changes = await api.changes(this.workspace!.id, scope.from, scope.to, undefined, loading.signal);
      if (loading.signal.aborted) return;
      this.changes = changes;
      if (this.path !== null && !changes.files.some((f) => f.path === this.path)) this.path = null;
    } catch (error) {
      if (!loading.signal.aborted) this.problem = (error as Error).message;
    }
  }

  private async more(): Promise<void> {
    const { changes } = this;
    if (!changes?.more) return;
    try {
      const next = await api.changes(this.workspace!.id, changes.from, changes.to, changes.files.at(-1)!.path);
      if (this.changes === changes) this.changes = { ...changes, files: [...changes.files, ...next.files], more: next.more };
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  private scopes(): Scope[] {
    return this.all ? scopesOf(this.all, this.titles) : [];
  }

  private choose(id: string): void {
    this.scope = id;
    this.path = null;
    this.changes = null;
    void this.load();
  }

  // --- the screen -------------------------------------------------------------------------------------------------------

  protected override render() {
    const git = this.view === 'git';
    return html`<div class="cv-changes" ?data-open=${!git && this.path !== null}>${this.views()}${git
      ? html`<cv-git .workspace=${this.workspace} .offline=${this.offline} .stamp=${this.stamp} .notes=${this.notes} .wide=${this.wide.matches}
          @start-workspace=${() => this.dispatchEvent(new CustomEvent('start-workspace'))} @comment=${(e: CustomEvent<Comment>) => this.keep([...this.notes.filter((c) => c.id !== e.detail.id), e.detail])}
          @uncomment=${(e: CustomEvent<string>) => this.keep(this.notes.filter((c) => c.id !== e.detail))}></cv-git>`
      : html`${this.stopped()}${this.notice()}${this.askView()}${this.content()}`}${this.foot()}</div>`;
  }

  private views() {
    const one = (id: 'turns' | 'git', face: string) => html`<button type="button" aria-pressed=${this.view === id} @click=${() => this.see(id)}>${face}</button>`;
    return html`<div class="cv-views" role="group" aria-label="Changes by">${one('turns', 'By turn')}${one('git', 'Git')}</div>`;
  }

  private see(view: 'turns' | 'git'): void {
    this.view = view;
    try {
      localStorage.setItem('cv-changes-view', view);
    } catch {
      // Then it is asked for again.
    }
  }

  private content() {
    const { changes, workspace } = this;
    if (!this.reachable && !changes) return this.away();
    if (this.problem && !changes) return state(html`<p>${this.problem}</p><button type="button" class="cv-button cv-soft" @click=${() => this.load()}>Try again</button>`, 'alert');
    if (this.all?.checkpoints.length === 0) return state(html`<p>Nothing to compare yet. The first state of the project is being kept; what each turn changes is shown here.</p>`);
    if (!this.all || !workspace) return state(html`<p>Loading the changes</p>`, 'status');
    const scopes = this.scopes();
    const scope = scopes.find((s) => s.id === this.scope) ?? scopes[0];
    if (!scope) return nothing;
    const wide = this.wide.matches;
    const at = changes?.files.find((f) => f.path === this.path) ?? (wide ? changes?.files[0] : undefined);
    return html`<div class="cv-changes-body">
      <div class="cv-changes-list">
        <div class="cv-scope"><select class="cv-input" aria-label="Which changes" @change=${(e: Event) => this.choose((e.target as HTMLSelectElement).value)}>
          ${scopes.map((s) => html`<option value=${s.id} ?selected=${s === scope}>${s.label}</option>`)}</select>
          <cv-menu .name=${'Restore everything'} .face=${icon('more')} .items=${this.menu(scope)}></cv-menu></div>
        ${this.files(changes, at)}
      </div>
      ${at && changes ? html`<cv-file-diff .workspaceId=${workspace.id} .from=${changes.from} .to=${changes.to} .change=${at} .comments=${this.notes} .wide=${wide}
        @back=${this.back} @comment=${(e: CustomEvent<Comment>) => this.keep([...this.notes.filter((c) => c.id !== e.detail.id), e.detail])}
        @uncomment=${(e: CustomEvent<string>) => this.keep(this.notes.filter((c) => c.id !== e.detail))}
        @restore=${() => this.ask(scope.from, at.path, `${at.path} as it was ${scope.before}`)}
        @restore-hunk=${(e: CustomEvent<{ hunk: Hunk; words: string }>) => this.askHunk(changes, at.path, e.detail.hunk, e.detail.words)}></cv-file-diff>` : nothing}</div>`;
  }

  private away() {
    const ws = this.workspace;
    if (this.offline) return state(html`<p>${here('Offline. The changes are in the workspace, not on this phone: they are shown when the connection is back.')}</p>`);
    if (ws && !isUp(ws)) {
      return state(html`<p>${ws.id} is ${ws.state}. Its changes are kept, and shown when it runs.</p>
        ${canStart(ws) ? html`<button type="button" class="cv-button cv-primary" @click=${() => this.dispatchEvent(new CustomEvent('start-workspace'))}>${startWords(ws)}</button>` : nothing}`);
    }
    return state(html`<p>Waiting for the workspace to connect</p>`, 'status');
  }

  private files(changes: Changes | null, at: FileChange | undefined) {
    if (this.problem) return state(html`<p>${this.problem}</p><button type="button" class="cv-button cv-soft" @click=${() => this.load()}>Try again</button>`, 'alert');
    if (!changes) return state(html`<p>Comparing</p>`, 'status');
    if (changes.total === 0) return state(html`<p>No file was changed.</p>`);
    const left = this.all?.checkpoints.at(-1)?.leftOutTotal ?? 0;
    return html`<p class="cv-changes-sum">${changes.total} ${changes.total === 1 ? 'file' : 'files'} ${counts(changes.additions, changes.deletions)}</p>
      <ul class="cv-changed" aria-label="Changed files">${changes.files.map((f) => html`<li><button type="button" aria-current=${f === at ? 'true' : nothing} @click=${() => this.open(f.path)}>
        <span class="cv-path"><b>${name(f.path)}</b><small>${folder(f.path)}</small></span>
        ${this.noted(f.path)}<em data-status=${f.status}>${STATUS[f.status]}</em>${f.binary ? html`<em class="cv-dim">binary</em>` : counts(f.additions, f.deletions)}</button></li>`)}</ul>
      ${changes.more ? html`<button type="button" class="cv-quiet" @click=${() => this.more()}>Show more of the ${changes.total} files</button>` : nothing}
      ${left > 0 ? html`<p class="cv-file-note">${left} ${left === 1 ? 'file is' : 'files are'} too large to be kept and compared.</p>` : nothing}`;
  }

  private noted(path: string) {
    const n = this.notes.filter((c) => c.path === path).length;
    return n === 0 ? nothing : html`<em class="cv-noted">${n}<span class="cv-sr"> ${n === 1 ? 'comment' : 'comments'}</span></em>`;
  }

  private open(path: string): void {
    this.path = path;
    void this.updateComplete.then(() => {
      if (!this.wide.matches) this.querySelector<HTMLElement>('.cv-file-back')?.focus();
    });
  }

  private readonly back = async () => {
    this.path = null;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.cv-changed button')?.focus();
  };

  // --- comments ---------------------------------------------------------------------------------------------------------

  private keep(notes: Comment[]): void {
    this.notes = notes;
    const id = this.conversationId;
    // One after the other: a later state is never overwritten by an earlier one.
    this.writing = this.writing.then(() => comments.keep(id, notes)).then(() => { this.kept = true; }, () => { this.kept = false; });
  }

  private foot() {
    const n = this.notes.length;
    if (n === 0) return nothing;
    return html`<div class="cv-changes-foot"><span>${n} ${n === 1 ? 'comment' : 'comments'}${this.kept ? '' : here(', not kept on this phone')}</span>
      <button type="button" class="cv-text-button cv-bad" @click=${() => this.keep([])}>Discard</button>
      <button type="button" class="cv-button cv-primary" @click=${this.compose}>Put into message</button></div>`;
  }

  /** The message is a draft in the composer, which keeps it; whoever listens says by `preventDefault` that it could not take it. */
  private readonly compose = () => {
    const event = new CustomEvent('compose', { detail: messageOf(this.notes), cancelable: true });
    if (this.dispatchEvent(event)) this.keep([]);
  };

  // --- the way back -----------------------------------------------------------------------------------------------------

  private menu(scope: Scope): MenuItem[] {
    const whole = (id: string, words: string) => ({ label: `Everything as it was ${words}`, run: () => this.ask(id, null, `everything as it was ${words}`) });
    return [whole(scope.from, scope.before), ...(scope.after && scope.to !== 'now' ? [whole(scope.to, scope.after)] : [])];
  }

  private ask(checkpointId: string, path: string | null, words: string): void {
    const asked: Ask = { checkpointId, path, hunk: null, words, effect: null, problem: '' };
    this.asked = asked;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-ask-restore .cv-button')?.focus());
    api.changes(this.workspace!.id, checkpointId, 'now').then(
      (effect) => { if (this.asked === asked) this.asked = { ...asked, effect: path === null ? effect : only(effect, path) }; },
      (error: Error) => { if (this.asked === asked) this.asked = { ...asked, problem: error instanceof CallProblem ? error.message : 'It could not be compared.' }; });
  }

  private askHunk(changes: Changes, path: string, hunk: Hunk, words: string): void {
    this.asked = { checkpointId: changes.from, path, hunk: { ...hunk, to: changes.to }, words: `this change of ${path} (${words})`, effect: null, problem: '' };
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-ask-restore .cv-button')?.focus());
  }

  private askView() {
    const { asked } = this;
    if (!asked) return nothing;
    const held = asked.path === null && this.working;
    const none = asked.effect?.total === 0;
    const known = asked.effect ? effectWords(asked.effect) : asked.hunk ? 'Its other lines stay as they are.' : 'Comparing with what is there now.';
    const close = () => (this.asked = null);
    return html`<div class="cv-ask-restore" role="group" aria-label="Restore?" @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') close(); }}>
      <p><b>Restore ${asked.words}?</b> ${asked.problem || known}${
        held ? ' A turn is running: everything can be restored when it has ended, a single file at any time.' : none ? '' : ' What is there now is kept, so you can undo it.'}</p>
      <div class="cv-buttons"><button type="button" class="cv-button" @click=${close}>Cancel</button>
        <button type="button" class="cv-button cv-danger" ?disabled=${held || none || !(asked.effect ?? asked.hunk)} @click=${() => this.restore(asked)}>Restore</button></div></div>`;
  }

  private restore({ checkpointId, path, hunk, words }: Pick<Ask, 'checkpointId' | 'path' | 'hunk' | 'words'>): void {
    this.asked = null;
    this.dispatchEvent(new CustomEvent('restore', { detail: { checkpointId, path, hunk, words } }));
  }

  /** What was read before stays on the screen; why there is nothing newer is said above it. */
  private stopped() {
    const ws = this.workspace;
    if (!ws || this.offline || !this.changes || isUp(ws)) return nothing;
    return html`<div class="cv-restored" role="status"><span>${ws.id} is ${ws.state}. This is what was read before.</span>
      ${canStart(ws) ? html`<button type="button" class="cv-text-button" @click=${() => this.dispatchEvent(new CustomEvent('start-workspace'))}>${startWords(ws)}</button>` : nothing}</div>`;
  }

  /** What was restored last, with the way back. */
  private notice() {
    if (this.pending.length > 0) return html`<div class="cv-restored" role="status"><span>Restoring ${this.pending.at(-1)!.text ?? ''}${this.offline ? ', when the connection is back' : ''}</span></div>`;
    const last = this.all && lastRestored(this.all);
    if (!last || this.asked) return nothing;
    const undone = takesBack(last, this.all!.restored);
    return html`<div class="cv-restored" role="status"><span>${restoredWords(last, undone)}</span>
      <button type="button" class="cv-text-button" ?disabled=${this.working && last.path === null} @click=${() => this.restore({ checkpointId: last.beforeId, path: last.path, hunk: null, words: `${last.path ?? 'everything'} as it was before` })}>${undone ? 'Redo' : 'Undo'}</button></div>`;
  }
}
define('cv-changes', CvChanges);

function remembered(): 'turns' | 'git' {
  try {
    return localStorage.getItem('cv-changes-view') === 'git' ? 'git' : 'turns';
  } catch {
    return 'turns';
  }
}

const STATUS: Record<FileChange['status'], string> = { A: 'new', M: '', D: 'deleted', T: 'other type' };
const name = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folder = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const state = (content: unknown, role?: 'alert' | 'status') => html`<div class="cv-changes-state" role=${role ?? nothing}>${content}</div>`;
