import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../icons.ts';
import { nextCards } from '../journal/cards.ts';
import type { Answer, Card } from '../journal/cards.ts';
import type { Resolution } from '../journal/view.ts';
import { outbox } from '../outbox/outbox.ts';
import type { OpenApproval, OpenQuestion } from '../wire.ts';
import { define, here, Light, onPhone } from './base.ts';
import type { CvApproval } from './approval.ts';
import './approval.ts';
import './question.ts';

/** A tap on a card that moved within this time was meant for what stood there before. */
const SETTLE_MS = 400;
/** Nobody has a thumb on a card that is younger: several that come together are all shown. */
const REACH_MS = 800;

/** The cards of what asks for an answer, in a stable order. */
export class CvRequests extends Light {
  static override properties = {
    approvals: { attribute: false }, questions: { attribute: false }, resolved: { attribute: false }, known: { attribute: false },
    where: { attribute: false }, dock: { type: Boolean }, whole: { state: true },
  };
  declare approvals: OpenApproval[];
  declare questions: OpenQuestion[];
  declare resolved: (id: string) => Resolution | undefined;
  declare known: boolean;
  /** makes the link to the conversation, where the cards are of several */
  declare where: ((of: OpenApproval | OpenQuestion) => unknown) | null;
  /** stands above the composer: bounded in height, grows only when nothing is under the thumb */
  declare dock: boolean;
  declare whole: boolean;
  private cards: Card[] = [];
  private places = new Map<string, number>();
  private movedAt = new Map<string, number>();
  private readonly announced = new Set<string>();
  private said = '';
  private focused = false;
  private askedAt = 0;
  private frozen: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private observer = new ResizeObserver(() => this.measure());

  constructor() {
    super();
    this.approvals = [];
    this.questions = [];
    this.resolved = () => undefined;
    this.known = true;
    this.where = null;
    this.dock = false;
    this.whole = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(outbox, 'change');
    this.follow(window, 'resize', () => this.measure());
    if (window.visualViewport) this.follow(window.visualViewport, 'resize', () => this.measure());
    this.follow(document, 'keydown', ((event: KeyboardEvent) => this.key(event)) as unknown as () => void);
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    clearTimeout(this.timer);
  }

  protected override willUpdate(): void {
    const answers: Answer[] = outbox.entries.filter((e) => e.kind === 'approval' || e.kind === 'answer').map((e) => ({
      target: e.target ?? '', state: e.state, text: e.text ?? '', kind: e.kind as 'approval' | 'answer',
      problem: e.problem && [e.problem.detail, e.problem.todo].filter(Boolean).join(' '),
    }));
    const openBefore = this.cards.filter((c) => c.state === 'open').length;
    this.cards = nextCards(this.cards, this.approvals, this.questions, this.resolved, answers, Date.now(), this.known);
    const open = this.cards.filter((c) => c.state === 'open').length;
    // Another card comes while one may be under the thumb: it comes below, out of sight, and the header says so.
    if (openBefore === 0) this.askedAt = performance.now();
    const reachable = performance.now() - this.askedAt > REACH_MS;
    if (this.dock && openBefore > 0 && open > openBefore && !this.whole && reachable) {
      this.frozen ??= this.querySelector<HTMLElement>('.cv-cards')?.offsetHeight ?? null;
    } else if (open <= 1) {
      this.frozen = null;
      this.whole = false;
    }
    this.announce();
    this.focused ||= this.contains(document.activeElement);
    clearTimeout(this.timer);
    if (this.cards.some((c) => c.state === 'resolved')) this.timer = setTimeout(() => this.requestUpdate(), 1000);
  }

  protected override render() {
    // Stands there before there is something to say, so that it is heard.
    const voice = html`<span class="cv-sr" aria-live="assertive">${this.said}</span>`;
    if (this.cards.length === 0) return voice;
    const open = this.cards.filter((c) => c.state === 'open');
    const first = open.find((c) => c.kind === 'approval');
    const hidden = this.dock && this.frozen !== null && !this.whole;
    return html`${voice}${this.dock && open.length > 1 ? html`<div class="cv-cards-head"><span>${open.length} answers wanted</span>
        ${hidden ? html`<button type="button" class="cv-quiet" @click=${() => (this.whole = true)}>Show all</button>` : nothing}</div>` : nothing}
      <div class="cv-cards" style=${hidden ? `height:${this.frozen}px` : ''}>
        ${repeat(this.cards, (card) => card.id, (card) => this.card(card, open, card === first))}
      </div>`;
  }

  private card(card: Card, open: Card[], keys: boolean) {
    const of = card.approval ?? card.question!;
    const count = open.length > 1 && card.state === 'open' ? `${open.indexOf(card) + 1} of ${open.length}` : '';
    const where = this.where?.(of) ?? null;
    const blocked = () => performance.now() - (this.movedAt.get(card.id) ?? -1e9) < SETTLE_MS;
    if (card.state !== 'open') return html`<div class="cv-answered" data-card=${card.id} data-state=${card.state} role="status" tabindex="-1">
        ${icon(card.state === 'refused' ? 'warning' : 'check')}<span>${here(card.line)}<small>${card.approval?.title ?? card.question?.questions[0]?.question ?? ''}</small></span>
        ${card.state === 'refused' ? html`<button type="button" class="cv-quiet" @click=${() => this.again(card)}>Close</button>` : nothing}</div>`;
    return card.approval
      ? html`<cv-approval data-card=${card.id} .approval=${card.approval} .where=${where} .count=${count} .keys=${keys && !onPhone()} .blocked=${blocked}></cv-approval>`
      : html`<cv-question data-card=${card.id} .question=${card.question!} .where=${where} .count=${count} .blocked=${blocked}></cv-question>`;
  }

  private again(card: Card): void {
    const entry = outbox.about(card.id, 'approval', 'answer');
    if (entry) void outbox.discard(entry.id);
  }

  protected override updated(): void {
    void Promise.resolve().then(() => this.measure());
    // The card under the keyboard's focus was answered: the next one is the next thing to do.
    const at = document.activeElement;
    if (this.focused && !at?.isConnected || (this.focused && at === document.body)) {
      const next = this.querySelector<HTMLElement>('cv-approval [role=group], cv-question button') ?? this.querySelector<HTMLElement>('.cv-answered');
      next?.focus({ preventScroll: true });
    }
    this.focused = false;
  }

  /** One sentence for each card that comes, not its whole content. */
  private announce(): void {
    const fresh = this.cards.filter((c) => c.state === 'open' && !this.announced.has(c.id));
    for (const card of this.cards) this.announced.add(card.id);
    if (fresh.length === 0) return;
    const first = fresh[0]!;
    const what = first.approval ? `Approval wanted: ${first.approval.tool}, ${first.approval.title}` : `Question: ${first.question?.questions[0]?.question ?? ''}`;
    this.said = fresh.length > 1 ? `${fresh.length} answers wanted. ${what.slice(0, 160)}` : what.slice(0, 200);
  }

  /** Notes which cards stand somewhere else than before; scrolling by hand does not count. */
  private measure(): void {
    const places = new Map<string, number>();
    const box = this.querySelector<HTMLElement>('.cv-cards');
    const scrolled = this.dock ? (box?.scrollTop ?? 0) : scrollTopOf(this);
    for (const element of this.querySelectorAll<HTMLElement>('[data-card]')) {
      const id = element.dataset.card!;
      const top = element.getBoundingClientRect().top + scrolled;
      const before = this.places.get(id);
      if (before === undefined || Math.abs(before - top) > 4) this.movedAt.set(id, performance.now());
      places.set(id, top);
    }
    this.places = places;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || onPhone()) return;
    const target = event.target as HTMLElement;
    if (target.closest('input, textarea, select, [contenteditable], [role=menu], dialog')) return;
    const decision = event.key === 'a' ? 'allow' : event.key === 'd' ? 'deny' : null;
    const first = this.querySelector<CvApproval>('cv-approval');
    if (!decision || !first || first.blocked()) return;
    event.preventDefault();
    void first.answer(decision);
  }
}

function scrollTopOf(element: HTMLElement): number {
  let sum = 0;
  for (let e: HTMLElement | null = element.parentElement; e; e = e.parentElement) sum += e.scrollTop;
  return sum;
}
define('cv-requests', CvRequests);
