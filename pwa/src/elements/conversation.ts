import { html, nothing } from 'lit';
import { icon } from '../icons.ts';
import { openApprovals, openQuestions } from '../journal/asked.ts';
import type { Resolution } from '../journal/view.ts';
import { waiting } from '../journal/waiting.ts';
import type { Waiting } from '../journal/waiting.ts';
import { connection } from '../live/connection.ts';
import type { Conversation } from '../live/conversation.ts';
import { keepAwake, startWorkspace, stopWorkspace } from '../live/workspace-calls.ts';
import { write } from '../outbox/entries.ts';
import { outbox } from '../outbox/outbox.ts';
import { asOf, duration, money } from '../text/words.ts';
import { canStart, isUp, startWords } from '../text/workspace.ts';
import { copy, define, here, Light, newId } from './base.ts';
import { bubble } from './item.ts';
import type { CvLog } from './log.ts';
import type { MenuItem } from './menu.ts';
import { refusals } from './refusals.ts';
import './status.ts';
import { found } from '../search/wish.ts';
import { progressCard, warningsOf } from './workspace.ts';
import { remember, tabBar, tabOf } from './tabs.ts';
import type { Tab } from './tabs.ts';
import type { CvComposer } from './composer.ts';
import './composer.ts';
import './log.ts';
import './menu.ts';
import './ports.ts';
import './queue.ts';
import './requests.ts';

const AWAKE_HOURS = 8;
const keptAwake = (c: Conversation) => Date.parse(c.info?.workspace.keepAwakeUntil ?? '') > Date.now();

/**
 * A conversation. Attributes `conversation-id`, and `place`: the query of the address that led here. Events `cv-stop-workspace` and `cv-start-workspace` with
 * `detail: {workspaceId, conversationId}` bubble; unless somebody prevents their default, the REST API is called.
 */
export class CvConversation extends Light {
  static override properties = { conversationId: { attribute: 'conversation-id' }, place: {}, shell: { type: Boolean }, problem: { state: true }, hushed: { state: true }, warned: { state: true }, stopping: { state: true }, tab: { state: true } };
  declare conversationId: string;
  /** the query of the address that led here */
  declare place: string;
  /** stands in the offline shell */
  declare shell: boolean;
  declare problem: string;
  /** warnings that were read */
  declare hushed: string;
  /** shows a warning again that was read before */
  declare warned: boolean;
  /** asks whether the workspace shall really be stopped */
  declare stopping: boolean;
  declare tab: Tab;
  private conversation: Conversation | null = null;
  private opened = '';
  private heard = '';
  private spoken = '';
  private readonly closed = new Set<string>();
  private unfollow: (() => void) | null = null;

  constructor() {
    super();
    this.conversationId = '';
    this.place = '';
    this.shell = false;
    this.problem = '';
    this.hushed = kept('cv-hushed');
    this.warned = false;
    this.stopping = false;
    this.tab = 'chat';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(connection, 'state');
    this.follow(connection, 'overview');
    this.follow(outbox, 'change');
    this.follow(window, 'hashchange', () => this.go(tabOf(this.conversationId)));
    this.follow(window, 'cv-address', () => remember(this.conversationId, this.tab));
    this.go(tabOf(this.conversationId));
    this.tick(10_000);
    if (this.conversationId) this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.shut();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('conversationId') && this.isConnected && this.conversationId !== this.opened) this.open();
  }

  private open(): void {
    this.shut();
    if (!this.conversationId) return;
    this.opened = this.conversationId;
    const conversation = (this.conversation = connection.open(this.conversationId));
    const changed = () => this.requestUpdate();
    conversation.addEventListener('change', changed);
    this.unfollow = () => conversation.removeEventListener('change', changed);
    this.requestUpdate();
    void this.arrive(conversation);
  }

  /** A result of a search leads to a place: `?at=<event>&said=<event with the text>`. */
  private async arrive(c: Conversation): Promise<void> {
    const place = new URLSearchParams(this.place);
    const at = Number(place.get('at'));
    if (!Number.isSafeInteger(at) || at < 1) return;
    try {
      const key = await c.goTo(at, Number(place.get('said')) || at);
      if (this.conversation !== c) return;
      this.requestUpdate();
      await this.updateComplete;
      const log = this.querySelector<CvLog>('cv-log');
      await log?.updateComplete;
      if (key) log?.reveal(key);
    } catch {
      if (this.conversation === c) this.problem = 'The place that was found could not be loaded. Go back and open it again when the page is online.';
    }
  }

  private shut(): void {
    this.unfollow?.();
    this.unfollow = null;
    if (this.opened) connection.close(this.opened);
    this.opened = '';
    this.conversation = null;
  }

  protected override render() {
    const c = this.conversation;
    if (!c) return nothing;
    const offline = connection.state === 'offline';
    const entries = outbox.of(c.id);
    const all = waiting(c.view, entries, c.pending.filter((p) => p.state !== 'refused' || !this.closed.has(p.id)));
    // What comes next, while nothing runs, stands in the log; what waits behind it is the queue.
    const [next, queue] = split(all, c.working, c.view.paused !== null);
    const agent = c.info?.agentLabel || 'Agent';
    const asker = { workspaceId: c.info?.workspace.id ?? '', project: c.info?.workspace.project ?? '', conversationId: c.id, agentLabel: agent };
    const approvals = openApprovals(c.view, connection.overview.approvals, asker);
    const questions = openQuestions(c.view, connection.overview.questions, asker);
    return html`<div class="cv-conversation" data-tab=${this.tab}>
      ${this.header(c)}${tabBar(this.tab, approvals.length + questions.length, this.go)}
      ${offline ? html`<div class="cv-stale">${icon('warning')}<span>${here('The agent goes on without you. What you write is kept on this phone.')}</span></div>` : nothing}
      ${this.ask(c)}${this.warnings(c, offline || approvals.length + questions.length > 0)}
      <cv-log .items=${c.shown()} .agent=${agent} .conversationId=${c.id} .hasOlder=${c.hasOlder} .hasNewer=${c.place !== null} .tail=${c.place ? nothing : this.tail(c, next, offline)} .head=${this.head(c)}
        @older=${() => c.loadOlder()} @newer=${() => c.loadNewer()} @end=${() => c.leavePlace()}></cv-log>
      <cv-requests dock .approvals=${approvals} .questions=${questions} .resolved=${(id: string): Resolution | undefined => c.view.resolved.get(id)}></cv-requests>
      <cv-queue .messages=${queue} .conversationId=${c.id} .paused=${c.view.paused} .working=${c.working}></cv-queue>
      ${this.refusals(c)}
      ${this.problem ? html`<div class="cv-problem" role="alert"><span>${this.problem}</span><button type="button" class="cv-text-button" @click=${() => (this.problem = '')}>Close</button></div>` : nothing}
      <cv-composer ?hidden=${c.info?.workspace.state === 'deleted'} conversation-id=${c.id} .working=${c.working} .queueing=${c.working || all.some((m) => !m.refused)} .commands=${c.view.commands ?? c.info?.commands ?? []} .workspaceId=${!offline && c.info?.workspace.online ? c.info.workspace.id : ''}
        @sent=${() => this.querySelector<CvLog>('cv-log')?.jump()}></cv-composer>
      ${this.changes(c, offline)}
      ${this.tab === 'files' ? html`<cv-files role="tabpanel" aria-labelledby="cv-tab-files" .workspace=${c.info?.workspace ?? null} .offline=${offline} @start-workspace=${() => this.workspace(c, 'start')}></cv-files>` : nothing}
      ${this.terminal(c)}
      <span class="cv-sr" aria-live="polite">${this.voice(c)}</span>
    </div>`;
  }

  private readonly go = (tab: Tab, focus = false): void => {
    if (tab === 'changes') void import('../changes/changes.ts');
    if (tab === 'files') void import('../files/files.ts');
    if (tab === 'terminal') void import('../terminal/terminal.ts');
    const c = this.conversation;
    // What went to rest by itself wakes by itself.
    if (tab !== 'chat' && tab !== this.tab && c?.info?.workspace.state === 'stopped' && c.info.workspace.rested) void this.workspace(c, 'start');
    this.tab = tab;
    remember(this.conversationId, tab);
    if (focus) void this.updateComplete.then(() => this.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus());
  };

  private changes(c: Conversation, offline: boolean) {
    if (this.tab !== 'changes') return nothing;
    return html`<cv-changes role="tabpanel" aria-labelledby="cv-tab-changes" conversation-id=${c.id} .workspace=${c.info?.workspace ?? null} .offline=${offline} .working=${c.working}
      .stamp=${c.view.checkpointSeq} .titles=${(turnId: string) => titleOf(c, turnId)} .pending=${outbox.of(c.id, 'restore').filter((e) => e.state !== 'refused')}
      @start-workspace=${() => this.workspace(c, 'start')} @compose=${(e: CustomEvent<string>) => this.compose(e.detail)}
      @restore=${(e: CustomEvent<{ checkpointId: string; path: string | null; hunk: object | null; words: string }>) =>
        this.say(write.restore(c.id, newId(), e.detail.checkpointId, e.detail.path, e.detail.hunk, e.detail.words))}></cv-changes>`;
  }

  /** Comments become a draft: what goes out is read once more, and sent like every message. */
  private compose(text: string): void {
    this.querySelector<CvComposer>('cv-composer')!.addText(text);
    this.go('chat');
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('cv-composer textarea')?.focus());
  }

  private terminal(c: Conversation) {
    const ws = c.info?.workspace;
    if (this.tab !== 'terminal' || !ws) return nothing;
    return html`<cv-terminal role="tabpanel" aria-labelledby="cv-tab-terminal" workspace-id=${ws.id} conversation-id=${c.id} .online=${ws.online} .starting=${['creating', 'starting', 'running'].includes(ws.state)}
      @start-workspace=${() => this.workspace(c, 'start')}></cv-terminal>`;
  }

  /** For screen readers: the agent's finished texts, the last one when several come at once, and the end of a turn. */
  private voice(c: Conversation): string {
    const last = c.items().findLast((item) => (item.kind === 'text' && !item.live) || item.kind === 'turn-end');
    if (!last || !c.caughtUp) {
      this.heard = last?.key ?? this.heard;
      return this.spoken;
    }
    if (last.key !== this.heard) {
      this.heard = last.key;
      this.spoken = last.kind === 'text' ? `${c.info?.agentLabel || 'Agent'}: ${last.markdown.slice(0, 300)}` : 'The turn ended';
    }
    return this.spoken;
  }

  private header(c: Conversation) {
    const info = c.info;
    const ws = info?.workspace;
    // cv-badge puts a number before it.
    if (info?.title && document.title.replace(/^\(\d+\) /, '') !== info.title) document.title = info.title;
    const usage = c.view.usage ?? info?.usage;
    const full = usage?.contextTokens && usage.contextWindow ? Math.round((100 * usage.contextTokens) / usage.contextWindow) : null;
    const cost = info?.usage?.totalCostUsd ?? info?.usage?.costUsd;
    const mode = c.view.mode ?? info?.mode ?? '';
    const modes = info?.modes ?? [];
    return html`<div class="cv-head"><header class="cv-bar">
      <a class="cv-icon-button cv-back" href=${found.address || '/'} router-link aria-label=${found.address ? 'Back to what was found' : 'Back'}>${icon('back')}</a>
      <div class="cv-title"><h1>${info?.title || 'Conversation'}</h1><span>${ws ? [ws.project, ws.id, ws.branch].filter(Boolean).join(' · ') : ''}</span></div>
      ${ws && !this.shell ? html`<cv-ports workspace-id=${ws.id} .up=${ws.online && connection.state === 'online'}></cv-ports>` : nothing}
      <cv-status class="cv-compact"></cv-status>
      <cv-menu .name=${'More'} .face=${icon('more')} .items=${this.menu(c)}></cv-menu>
    </header>
    <div class="cv-meta"><span>${info?.agentLabel ?? ''}</span>
      ${modes.length > 1 && mode ? html`<cv-menu plain start .face=${html`<span class="cv-sr">Mode: </span>${modes.find((m) => m.id === mode)?.label ?? mode}${icon('menu')}`}
        .items=${modes.map((m) => ({ label: m.label, checked: m.id === mode, run: () => this.say(write.mode(c.id, newId(), m.id)) }))}></cv-menu>`
      : modes[0] ? html`<span>${modes[0].label}</span>` : nothing}
      ${full === null ? nothing : html`<span data-tone=${full >= 80 ? 'wait' : ''}>${full}% of context</span>`}
      ${!cost ? nothing : html`<span>${money(cost)}</span>`}${this.sign(c)}</div></div>`;
  }

  private menu(c: Conversation): MenuItem[] {
    const up = c.info !== null && c.info !== undefined && isUp(c.info.workspace);
    return [
      c.view.paused ? { label: 'Resume queue', run: () => this.say(write.resume(c.id, newId())) } : { label: 'Pause queue', run: () => this.say(write.pause(c.id, newId())) },
      ...(this.shell || !up ? [] : [
        keptAwake(c) ? { label: 'Let it stop by itself', run: () => void this.call(keepAwake(c.info!.workspace.id, 0)) } : { label: `Keep awake for ${AWAKE_HOURS} hours`, run: () => void this.call(keepAwake(c.info!.workspace.id, AWAKE_HOURS)) },
      ]),
      ...(this.shell ? [] : [
        ...(up ? [{ label: 'Stop workspace', bad: true, run: () => void this.askStop() }] : []),
        ...(c.info && canStart(c.info.workspace) ? [{ label: startWords(c.info.workspace), run: () => this.workspace(c, 'start') }] : []),
      ]),
    ];
  }

  private refusals(c: Conversation) {
    return refusals(outbox.of(c.id), c.pending.filter((p) => !this.closed.has(p.id)), (id) => void outbox.discard(id), (id) => { this.closed.add(id); this.requestUpdate(); });
  }

  private async workspace(c: Conversation, what: 'start' | 'stop'): Promise<void> {
    this.stopping = false;
    const workspaceId = c.info?.workspace.id;
    if (!workspaceId) return;
    const event = new CustomEvent(`cv-${what}-workspace`, { detail: { workspaceId, conversationId: c.id }, bubbles: true, composed: true, cancelable: true });
    if (this.dispatchEvent(event)) await this.call(what === 'start' ? startWorkspace(workspaceId) : stopWorkspace(workspaceId));
  }

  private async call(calling: Promise<string>): Promise<void> {
    this.problem = '';
    const why = await calling;
    if (why) this.problem = why;
  }

  private async askStop(): Promise<void> {
    this.stopping = true;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.cv-ask-stop .cv-button')?.focus();
  }

  private readonly dontStop = async () => {
    this.stopping = false;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.cv-bar [aria-haspopup]')?.focus();
  };

  private ask(c: Conversation) {
    if (!this.stopping) return nothing;
    return html`<div class="cv-ask-stop" role="group" aria-label="Stop the workspace?" @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') void this.dontStop(); }}><p><b>Stop ${c.info?.workspace.id}?</b> A turn that runs is interrupted. Files and conversations stay, and a message starts it again.</p>
      <div class="cv-buttons"><button type="button" class="cv-button" @click=${this.dontStop}>Cancel</button>
        <button type="button" class="cv-button cv-danger" @click=${() => this.workspace(c, 'stop')}>Stop workspace</button></div></div>`;
  }

  /** In full until it was read once on this device; then, and while something else needs the room, behind the sign in the header. */
  private warnings(c: Conversation, crowded: boolean) {
    const warnings = warningsOf(c.info);
    const key = warnings.join('\n');
    if (warnings.length === 0 || ((this.hushed === key || crowded) && !this.warned)) return nothing;
    return html`<div class="cv-stale" role="note" id="cv-warnings">${icon('warning')}<span>${warnings.map((w) => html`<span>${w}</span>`)}</span>
      <button type="button" class="cv-text-button" @click=${() => this.hush(key)}>Got it</button></div>`;
  }

  private sign(c: Conversation) {
    const key = warningsOf(c.info).join('\n');
    if (key === '') return nothing;
    return html`<button type="button" class="cv-icon-button cv-sign" aria-label="Warning about this workspace" aria-expanded=${this.warned} @click=${() => (this.warned = !this.warned)}>${icon('warning')}</button>`;
  }

  private hush(key: string): void {
    this.hushed = key;
    this.warned = false;
    try {
      localStorage.setItem('cv-hushed', key);
    } catch {
      // Then it is said again the next time.
    }
  }

  private head(c: Conversation) {
    if (c.gone) return html`<div class="cv-empty"><p>This conversation does not exist here.</p><a class="cv-button" href="/" router-link>Inbox</a></div>`;
    if (c.olderProblem) return html`<div class="cv-older">${c.olderProblem}</div>`;
    return nothing;
  }

  private tail(c: Conversation, next: Waiting[], offline: boolean) {
    const turn = c.view.turn;
    const last = c.items().at(-1);
    const writing = last?.kind === 'text' && last.live;
    const asking = c.view.approvals.size + c.view.questions.size > 0;
    return html`${progressCard(c.info, () => void this.workspace(c, 'start'))}
      ${offline && c.asOf ? html`<div class="cv-as-of">${asOf(c.asOf, Date.now())}</div>` : nothing}
      ${c.working && !offline ? html`<div class="cv-activity" data-still=${asking || nothing}><span class="cv-pulse"></span>${asking ? 'Waits for your answer' : writing ? 'Writing' : 'Working'}${
        turn ? ` · ${duration(Math.max(1000, Date.now() - Date.parse(turn.at)))}` : nothing}</div>` : nothing}
      ${next.map((m) => bubble(m, here(m.refused ? `failed: ${m.note ?? 'the server refused it'}` : m.note ? `${m.state}: ${m.note}` : m.state), this.actions(m), m.refused ? 'bad' : ''))}`;
  }

  private actions(m: Waiting) {
    if (m.refused) return html`<div class="cv-you-actions">
      <button type="button" class="cv-text-button" @click=${() => copy(m.text)}>Copy</button>
      <button type="button" class="cv-text-button" @click=${() => this.again(m)}>Try again</button>
      <button type="button" class="cv-text-button cv-bad" @click=${() => this.discard(m)}>Discard</button></div>`;
    return html`<div class="cv-you-actions"><button type="button" class="cv-text-button"
      @click=${() => this.say(write.withdraw(this.conversationId, newId(), m.messageId))}>Delete</button></div>`;
  }

  /** The server may take it now. What the workspace refused keeps its answer for ever, so that is said anew. */
  private async again(m: Waiting): Promise<void> {
    const entry = outbox.entries.find((e) => e.id === m.entryId);
    if (entry?.state === 'refused') return outbox.retry(entry.id);
    await this.say(write.message(this.conversationId, newId(), m.text, 'queue', m.attachments));
    await this.discard(m);
  }

  private async discard(m: Waiting): Promise<void> {
    this.closed.add(m.messageId);
    if (m.entryId) await outbox.discard(m.entryId);
    this.requestUpdate();
  }

  private async say(wanted: Parameters<typeof outbox.add>[0]): Promise<void> {
    this.problem = '';
    try {
      await outbox.add(wanted);
    } catch (error) {
      this.problem = here((error as Error).message);
    }
  }

  /** Somebody types, or has typed a moment ago. */
  get typing(): boolean {
    const at = (this.querySelector('cv-composer') as { typedAt?: number } | null)?.typedAt ?? 0;
    return Date.now() - at < 3000;
  }
}

/** The first words of what a turn was about; empty when that is older than what this page has read. */
function titleOf(c: Conversation, turnId: string): string {
  const line = (c.view.messages.get(c.view.turns.get(turnId) ?? '')?.text ?? '').trim().split('\n')[0]!;
  return line.length > 48 ? `${line.slice(0, 47).trimEnd()}…` : line;
}

function split(all: Waiting[], working: boolean, paused: boolean): [Waiting[], Waiting[]] {
  const refused = all.filter((m) => m.refused);
  const rest = all.filter((m) => !m.refused);
  if (working || paused) return [refused, rest];
  return [[...rest.slice(0, 1), ...refused], rest.slice(1)];
}
define('cv-conversation', CvConversation);

function kept(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
