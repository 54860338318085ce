import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { define, Light, onPhone } from '../elements/base.ts';
import { icon } from '../icons.ts';
import { connection } from '../live/connection.ts';
import { ago } from '../text/words.ts';
import { added, keyOf, NoAnswer, pieces, placeOf, search, whoOf } from './api.ts';
import type { Hit } from './api.ts';
import { found, wish } from './wish.ts';

const TYPING_MS = 180;
const AGAIN_MS = 1500;
const MAX_CHARS = 500;
const TONES: Record<string, string> = { running: 'good', creating: 'work', stopping: 'work', failed: 'bad' };

/** What was found last, and how far it was read: who comes back finds it as it was. */
const last = { q: '', results: [] as Hit[], next: null as string | null, complete: true, top: 0 };

/**
 * The search over everything that was said. While something stands in the field, what follows the element in the page is hidden. The
 * address has the words, so that a reload and the way back lead here.
 */
export class CvSearch extends Light {
  static override properties = { q: { state: true }, results: { state: true }, next: { state: true }, busy: { state: true }, problem: { state: true }, shown: { state: true }, complete: { state: true } };
  declare q: string;
  declare results: Hit[];
  declare next: string | null;
  declare busy: boolean;
  declare problem: string;
  /** the words that the results are of */
  declare shown: string;
  declare complete: boolean;
  private asked: AbortController | null = null;
  private soon: ReturnType<typeof setTimeout> | undefined;
  private top = 0;

  constructor() {
    super();
    this.q = '';
    this.results = [];
    this.next = null;
    this.busy = false;
    this.problem = '';
    this.shown = '';
    this.complete = true;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.read();
    // On the way here and back the view may be there before its address.
    this.follow(window, 'popstate', () => this.read());
    this.follow(window, 'cv-address', () => this.read());
    this.follow(connection, 'state', () => { if (connection.state === 'online' && this.problem) this.look(0); });
    this.follow(window, 'cv-search', () => this.focusField());
    if (wish.focus) this.focusField();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.asked?.abort();
    clearTimeout(this.soon);
  }

  /** Takes the words of the address. */
  private read(): void {
    if (location.pathname !== '/workspaces') return;
    const q = (new URLSearchParams(location.search).get('q') ?? '').slice(0, MAX_CHARS);
    if (q === this.q.trim()) return;
    this.q = q;
    if (q !== '' && q === last.q) {
      this.results = last.results;
      this.next = last.next;
      this.complete = last.complete;
      this.shown = q;
      this.top = last.top;
    } else this.look(0);
  }

  private focusField(): void {
    wish.focus = false;
    void this.updateComplete.then(() => {
      const field = this.querySelector('input');
      field?.focus();
      field?.select();
    });
  }

  protected override updated(): void {
    this.toggleAttribute('active', this.q.trim() !== '');
    if (this.top > 0) {
      const page = this.closest('.page');
      if (page) page.scrollTop = this.top;
      this.top = 0;
    }
  }

  private type(q: string, wait = TYPING_MS): void {
    this.q = q;
    const words = q.trim();
    const address = `/workspaces${words ? `?q=${encodeURIComponent(words)}` : ''}`;
    if (location.pathname === '/workspaces' && location.pathname + location.search !== address) history.replaceState(history.state, '', address);
    this.look(wait);
  }

  private look(wait: number): void {
    this.asked?.abort();
    clearTimeout(this.soon);
    this.problem = '';
    const q = this.q.trim();
    if (q === '') {
      this.results = [];
      this.next = null;
      this.busy = false;
      this.shown = '';
      last.q = '';
      return;
    }
    const { signal } = (this.asked = new AbortController());
    this.busy = true;
    this.soon = setTimeout(() => void this.ask(q, signal), wait);
  }

  private async ask(q: string, signal: AbortSignal): Promise<void> {
    try {
      const page = await search(q, null, signal);
      if (signal.aborted) return;
      this.problem = '';
      this.keep(q, page.results, page.next, page.complete);
      // What was said long ago is still being read: look again.
      if (!page.complete) this.soon = setTimeout(() => void this.ask(q, signal), AGAIN_MS);
    } catch (error) {
      if (signal.aborted) return;
      this.problem = (error as Error).message;
      this.results = [];
      this.next = null;
      this.shown = q;
      // A gap that is too short for the page to go offline says nothing when it is over.
      if (error instanceof NoAnswer) this.soon = setTimeout(() => void this.ask(q, signal), AGAIN_MS);
    }
    this.busy = false;
  }

  private keep(q: string, results: Hit[], next: string | null, complete: boolean): void {
    this.results = results;
    this.next = next;
    this.complete = complete;
    this.shown = q;
    Object.assign(last, { q, results, next, complete, top: 0 });
  }

  private async more(): Promise<void> {
    const signal = this.asked?.signal ?? (this.asked = new AbortController()).signal;
    const first = this.results.length;
    this.busy = true;
    try {
      const page = await search(this.shown, this.next, signal);
      if (signal.aborted) return;
      this.keep(this.shown, [...this.results, ...added(this.results, page.results)], page.next, page.complete);
      await this.updateComplete;
      // The button is gone, or further down: who used the keyboard goes on at the first new one.
      this.querySelectorAll<HTMLElement>('.cv-hit')[first]?.focus({ preventScroll: true });
    } catch (error) {
      if (!signal.aborted) this.problem = (error as Error).message;
    }
    this.busy = false;
  }

  private readonly keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.preventDefault();
      this.end();
      return;
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    const stops = [this.querySelector('input')!, ...this.querySelectorAll<HTMLElement>('.cv-hit')];
    const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };

  /** The list of workspaces is there again. */
  private end(): void {
    this.type('', 0);
    this.querySelector('input')?.blur();
  }

  private leave(): void {
    last.top = this.closest('.page')?.scrollTop ?? 0;
    found.address = location.pathname + location.search;
  }

  protected override render() {
    const active = this.q.trim() !== '';
    return html`<div class="cv-search" role="search" @keydown=${this.keys}>
      <form class="cv-search-field" @submit=${(e: Event) => { e.preventDefault(); this.look(0); if (onPhone()) this.querySelector('input')?.blur(); }}>
        ${icon('search')}<input type="search" aria-label="Search" placeholder="Search everything that was said" maxlength=${MAX_CHARS} autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="search"
          .value=${this.q} @input=${(e: Event) => this.type((e.target as HTMLInputElement).value)}>
        ${active ? html`<button type="button" class="cv-icon-button" aria-label="End search" @click=${() => this.end()}>${icon('close')}</button>` : html`<kbd aria-hidden="true">/</kbd>`}
      </form>
      ${active ? this.found() : nothing}
    </div>`;
  }

  private found() {
    const n = this.results.length;
    const settled = this.shown === this.q.trim() && !this.problem;
    const said = this.problem ? '' : n > 0 ? `${n}${this.next ? ' of many' : ''} found${this.complete ? '' : '. Older conversations are still being read'}`
      : !settled || (this.busy && !this.complete) || !this.complete ? 'Searching' : '';
    return html`<p class="cv-search-said" role="status">${said}</p>
      ${this.problem ? html`<p class="cv-empty" role="alert">${this.problem}</p>` : nothing}
      ${n === 0 && settled && this.complete ? this.none() : nothing}
      <ol class="cv-hits" aria-label="Found" aria-busy=${this.busy}>${repeat(this.results, keyOf, (hit) => html`<li>${this.hit(hit)}</li>`)}</ol>
      ${this.next ? html`<button type="button" class="cv-button" ?disabled=${this.busy} @click=${() => void this.more()}>More</button>` : nothing}`;
  }

  private none() {
    const words = /[\p{L}\p{N}]/u.test(this.shown);
    return html`<div class="cv-empty" role="status"><p>${words ? html`Nothing found for “${this.shown}”.` : 'Only words and numbers can be searched.'}</p>
      <p class="cv-dim">${words ? 'Each of the words must be there, or begin a word that is. Fewer words find more.' : 'Other signs are left out.'}</p></div>`;
  }

  private hit(hit: Hit) {
    const { workspace, conversation } = hit;
    return html`<a class="cv-card cv-hit" href=${placeOf(hit)} router-link data-state=${workspace.state} @click=${() => this.leave()}>
      <div class="cv-where"><span class="cv-dot" data-tone=${TONES[workspace.state] ?? 'off'}></span><span>${workspace.project} · ${workspace.name ?? workspace.id}</span>
        <i>${workspace.state}</i><em>${ago(hit.at, Date.now())}</em></div>
      <div class="cv-what">${conversation.title || 'Conversation'}</div>
      <div class="cv-hit-text"><b>${whoOf(hit)}</b> ${hit.cutBefore ? '… ' : ''}${pieces(hit.text, hit.ranges).map((piece) => (piece.hit ? html`<mark>${piece.text}</mark>` : piece.text))}${hit.cutAfter ? ' …' : ''}</div></a>`;
  }
}
define('cv-search', CvSearch);
