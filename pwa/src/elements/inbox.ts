import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { shared } from '../files/shared.ts';
import { icon } from '../icons.ts';
import { connection } from '../live/connection.ts';
import type { SeenConversation } from '../db.ts';
import { mirror } from '../live/mirror.ts';
import { outbox } from '../outbox/outbox.ts';
import { ago, asOf } from '../text/words.ts';
import type { Failure, Finished, OpenApproval, OpenQuestion, Working } from '../wire.ts';
import { define, Light } from './base.ts';
import './status.ts';
import './requests.ts';

/** What needs a person over all workspaces, answered in place; then what works, then what was finished since one looked. */
export class CvInbox extends Light {
  /** the page around it has a heading already */
  private headed = false;
  /** what was read on this device before, to go on reading without the server */
  private seen: SeenConversation[] = [];
  /** how many files another app gave to this one */
  private brought = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    connection.start();
    this.follow(connection, 'overview');
    this.follow(connection, 'state', () => void this.look());
    this.follow(outbox, 'change');
    this.follow(window, 'resize', () => this.requestUpdate());
    this.tick(20_000);
    void shared.read().then((files) => { this.brought = files.length; this.requestUpdate(); });
  }

  private async look(): Promise<void> {
    this.seen = connection.state === 'offline' ? await mirror.conversations() : [];
    this.requestUpdate();
  }

  protected override willUpdate(): void {
    this.headed = [...document.querySelectorAll('h1')].some((h) => !this.contains(h));
  }

  protected override render() {
    const o = connection.overview;
    const needs = o.approvals.length + o.questions.length + o.failures.length;
    const nothingAtAll = needs + o.working.length + o.finished.length === 0;
    const stale = connection.state === 'offline' && connection.heardAt;
    return html`<div class="cv-inbox">
      ${this.headed ? nothing : html`<header class="cv-page-head"><h1>Inbox</h1><cv-status class="cv-chip"></cv-status></header>`}
      ${this.gifts()}
      ${stale ? html`<p class="cv-as-of">${asOf(connection.heardAt, Date.now())}</p>` : nothing}
      ${needs > 0 ? html`<h2>Needs you <i>${needs}</i></h2>` : nothing}
      <cv-requests .approvals=${o.approvals} .questions=${o.questions} .known=${connection.overviewKnown} .where=${where}></cv-requests>
      ${o.failures.map((f) => this.failure(f))}
      ${o.working.length > 0 ? html`<h2>Working</h2>${repeat(o.working, (w) => w.conversationId, working)}` : nothing}
      ${o.finished.length > 0 ? html`<h2>Finished since you looked</h2>${repeat(o.finished, (f) => f.conversationId, finished)}` : nothing}
      ${nothingAtAll ? this.empty() : nothing}
      ${this.lastSeen()}
    </div>`;
  }

  private gifts() {
    if (this.brought === 0) return nothing;
    const discard = () => void shared.clear().then(() => { this.brought = 0; this.requestUpdate(); });
    return html`<div class="cv-stale" role="status">${icon('doc')}<span>${this.brought === 1 ? 'A file was' : `${this.brought} files were`} shared. Open a conversation in the workspace that it is for: the tab Files takes it.</span>
      <button type="button" class="cv-text-button" @click=${discard}>Discard</button></div>`;
  }

  private lastSeen() {
    const o = connection.overview;
    const shown = new Set([...o.failures, ...o.working, ...o.finished].map((c) => c.conversationId));
    const rest = this.seen.filter((s) => !shown.has(s.id));
    if (rest.length === 0) return nothing;
    return html`<h2>Last read here</h2>${repeat(rest, (s) => s.id, (s) => html`<a class="cv-card" href=${`/c/${s.id}`} router-link>
      <div class="cv-where"><span class="cv-dot" data-tone="off"></span><span>${[s.info?.workspace.project, s.info?.workspace.id].filter(Boolean).join(' · ')}</span></div>
      <div class="cv-what">${s.info?.title || 'Conversation'}</div><div class="cv-line-of">${asOf(s.asOf, Date.now())}</div></a>`)}`;
  }

  private failure(f: Failure) {
    return html`<a class="cv-card cv-failed" href=${`/c/${f.conversationId}`} router-link>
      <div class="cv-where"><span class="cv-dot" data-tone="bad"></span><span>${f.project} · ${f.workspaceId}</span><em>${ago(f.at, Date.now())}</em></div>
      <div class="cv-what">${f.title || 'Conversation'}</div><div class="cv-line-of">${f.what}</div>${f.todo ? html`<p>${f.todo}</p>` : nothing}</a>`;
  }

  private empty() {
    if (!connection.overviewKnown) return html`<div class="cv-empty" role="status">${connection.state === 'offline' ? 'Nothing was loaded yet.' : 'Loading…'}</div>`;
    const some = connection.overview.workspaces.length > 0;
    return html`<div class="cv-empty"><p>${some ? 'Nothing needs you.' : 'Say what should be done, and an agent does it in a workspace of its own.'}</p>
      <a class="cv-button cv-primary" href="/new" router-link>${some ? 'Start something new' : 'Start the first one'}</a></div>`;
  }
}

function where(of: OpenApproval | OpenQuestion) {
  return html`<a href=${`/c/${of.conversationId}`} router-link>${of.project} · ${of.workspaceId}${of.conversationTitle ? html` · ${of.conversationTitle}` : nothing}</a>
    <span class="cv-when">${ago(of.openedAt, Date.now())}</span>`;
}

function working(w: Working) {
  const queued = w.queued ? ` · ${w.queued} queued` : '';
  return html`<a class="cv-card" href=${`/c/${w.conversationId}`} router-link>
    <div class="cv-where"><span class="cv-dot" data-tone="work"></span><span>${w.project} · ${w.workspaceId}</span><em>${ago(w.since, Date.now())}${queued}</em></div>
    <div class="cv-what">${w.title || 'Conversation'}</div>${w.line ? html`<div class="cv-line-of">${w.line}</div>` : nothing}</a>`;
}

function finished(f: Finished) {
  const tone = f.outcome === 'failed' ? 'bad' : f.outcome === 'interrupted' ? 'off' : 'good';
  return html`<a class="cv-card" href=${`/c/${f.conversationId}`} router-link>
    <div class="cv-where"><span class="cv-dot" data-tone=${tone}></span><span>${f.project} · ${f.workspaceId}</span><em>${ago(f.at, Date.now())}</em></div>
    <div class="cv-what">${f.title || 'Conversation'}</div>${f.line ? html`<div class="cv-line-of">${f.line}</div>` : nothing}</a>`;
}
define('cv-inbox', CvInbox);
