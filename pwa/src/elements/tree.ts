import { html, nothing } from 'lit';
import { icon } from '../icons.ts';
import { connection } from '../live/connection.ts';
import { ago } from '../text/words.ts';
import type { WorkspaceLine } from '../wire.ts';
import { define, Light } from './base.ts';

/** Projects, their workspaces, their conversations; with what each is doing in a word. */
export class CvTree extends Light {
  static override properties = { closed: { state: true } };
  declare closed: Set<string>;

  constructor() {
    super();
    this.closed = new Set();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    connection.start();
    this.follow(connection, 'overview');
    this.follow(window, 'popstate');
    this.follow(document, 'click', () => setTimeout(() => this.requestUpdate(), 50));
    this.tick(30_000);
  }

  protected override render() {
    const projects = new Map<string, WorkspaceLine[]>();
    for (const ws of connection.overview.workspaces) projects.set(ws.project, [...projects.get(ws.project) ?? [], ws]);
    if (projects.size === 0) return html`<nav class="cv-tree" aria-label="Workspaces"><p class="cv-dim">${connection.overviewKnown ? 'No workspaces yet.' : ''}</p></nav>`;
    return html`<nav class="cv-tree" aria-label="Workspaces">${[...projects].sort(([a], [b]) => a.localeCompare(b)).map(([project, all]) => html`
      <div class="cv-tree-project">${project}</div>${all.map((ws) => this.workspace(ws))}`)}</nav>`;
  }

  private workspace(ws: WorkspaceLine) {
    const open = !this.closed.has(ws.id);
    return html`<button type="button" class="cv-tree-ws" aria-expanded=${open} @click=${() => this.toggle(ws.id)}>
        ${icon('fold')}<span class="cv-dot" data-tone=${this.tone(ws)}></span><span class="cv-name">${ws.id}</span><em>${ws.state === 'running' ? (ws.branch ?? (ws.online ? '' : 'not connected')) : ws.state}</em></button>
      ${open ? ws.conversations.map((c) => html`<a class="cv-tree-c" href=${`/c/${c.id}`} router-link aria-current=${location.pathname === `/c/${c.id}` ? 'page' : nothing}>
        <span class="cv-name">${c.title || 'Conversation'}</span><em>${this.word(c)}</em></a>`) : nothing}`;
  }

  private word(c: WorkspaceLine['conversations'][number]): string {
    const o = connection.overview;
    if (o.approvals.some((a) => a.conversationId === c.id)) return 'needs you';
    if (o.questions.some((q) => q.conversationId === c.id)) return 'question';
    if (c.state === 'idle' || !c.state) return c.updatedAt ? ago(c.updatedAt, Date.now()) : 'idle';
    return c.state.replace('-', ' ');
  }

  private tone(ws: WorkspaceLine): string {
    const o = connection.overview;
    if ([...o.approvals, ...o.questions].some((a) => a.workspaceId === ws.id)) return 'wait';
    if (ws.state === 'failed' || o.failures.some((f) => f.workspaceId === ws.id)) return 'bad';
    if (o.working.some((w) => w.workspaceId === ws.id)) return 'work';
    return ws.online ? 'good' : 'off';
  }

  private toggle(id: string): void {
    const closed = new Set(this.closed);
    if (!closed.delete(id)) closed.add(id);
    this.closed = closed;
  }
}
define('cv-tree', CvTree);
