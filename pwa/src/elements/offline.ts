import { html, nothing } from 'lit';
import type { SeenConversation } from '../db.ts';
import { connection } from '../live/connection.ts';
import { mirror } from '../live/mirror.ts';
import { asOf } from '../text/words.ts';
import { define, Light } from './base.ts';
import type { CvConversation } from './conversation.ts';
import './inbox.ts';

/**
 * The page when the server does not answer: the conversations that were seen last, to read and to write in. It is served for
 * every address, shows what that address stands for, and gives way to the live page when the server is heard again.
 */
export class CvOffline extends Light {
  static override properties = { seen: { state: true } };
  declare seen: SeenConversation[] | null;

  constructor() {
    super();
    this.seen = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    connection.start();
    this.follow(connection, 'state', () => void this.back());
    this.tick(15_000);
    void mirror.conversations().then((seen) => (this.seen = seen));
  }

  protected override render() {
    const id = /^\/c\/([^/]+)/.exec(location.pathname)?.[1];
    if (id) return html`<cv-conversation shell conversation-id=${decodeURIComponent(id)}></cv-conversation>`;
    return html`<div class="cv-inbox">
      <header class="cv-page-head"><h1>Offline</h1><cv-status class="cv-chip"></cv-status></header>
      <p class="cv-dim">The server does not answer. The agents go on without you; this page comes back by itself.</p>
      ${this.seen === null ? nothing : this.seen.length === 0
        ? html`<div class="cv-empty"><p>No conversation was opened on this phone yet, so there is nothing to read.</p></div>`
        : html`<h2>Last seen</h2>${this.seen.map((s) => html`<a class="cv-card" href=${`/c/${s.id}`}>
          <div class="cv-where"><span class="cv-dot" data-tone="off"></span><span>${s.info?.workspace.project ?? ''} · ${s.info?.workspace.id ?? ''}</span></div>
          <div class="cv-what">${s.info?.title || 'Conversation'}</div><div class="cv-line-of">${asOf(s.asOf, Date.now())}</div></a>`)}`}
    </div>`;
  }

  /** The server is heard again: the real page, at the same place, once nobody is in the middle of a word. */
  private async back(): Promise<void> {
    if (connection.state !== 'online') return;
    while (this.querySelector<CvConversation>('cv-conversation')?.typing) await new Promise((r) => setTimeout(r, 500));
    if (connection.state === 'online' && this.isConnected) location.reload();
  }
}
define('cv-offline', CvOffline);
