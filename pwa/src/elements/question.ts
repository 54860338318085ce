import { html, nothing } from 'lit';
import type { OpenQuestion, QuestionItem } from '../wire.ts';
import { write } from '../outbox/entries.ts';
import { outbox } from '../outbox/outbox.ts';
import { define, here, Light, newId } from './base.ts';

/** The agent's questions. A single one with one answer is answered by one tap; otherwise one chooses and submits. */
export class CvQuestion extends Light {
  static override properties = {
    question: { attribute: false }, where: { attribute: false }, count: {}, blocked: { attribute: false },
    chosen: { state: true }, other: { state: true }, problem: { state: true },
  };
  declare question: OpenQuestion;
  declare where: unknown;
  declare count: string;
  declare blocked: () => boolean;
  declare chosen: Record<string, string[]>;
  declare other: Record<string, string>;
  declare problem: string;

  constructor() {
    super();
    this.count = '';
    this.blocked = () => false;
    this.chosen = {};
    this.other = {};
    this.problem = '';
  }

  private get quick(): boolean {
    const [only, more] = this.question.questions;
    return !!only && !more && !only.multiSelect;
  }

  protected override render() {
    const q = this.question;
    if (!q) return nothing;
    return html`<div class="cv-card cv-wait">
      <div class="cv-where"><span class="cv-dot" data-tone="wait"></span>${this.where ?? html`<span>Question</span>`}<em>${this.count}</em></div>
      ${q.questions.map((item) => this.one(item))}
      ${this.problem ? html`<p class="cv-bad" role="alert">${this.problem}</p>` : nothing}
      ${this.quick && !this.typed ? nothing : html`<div class="cv-buttons"><button type="button" class="cv-button cv-primary" ?disabled=${!this.complete}
        @click=${(e: Event) => { e.stopPropagation(); if (!this.blocked()) void this.submit(); }}>Answer</button></div>`}
    </div>`;
  }

  private one(item: QuestionItem) {
    const chosen = this.chosen[item.question] ?? [];
    return html`<div role="group" aria-label=${`Question: ${item.header}`} class="cv-question">
      <div class="cv-what">${item.question}</div>
      <div class="cv-options">${item.options.map((o, i) => item.multiSelect
        ? html`<label class="cv-option" data-on=${chosen.includes(o.label)}><input type="checkbox" aria-label=${o.label} .checked=${chosen.includes(o.label)}
            @change=${() => this.choose(item, o.label)}><span>${o.label}${o.description ? html`<small>${o.description}</small>` : nothing}</span></label>`
        : html`<button type="button" class="cv-option" aria-pressed=${this.quick ? nothing : chosen.includes(o.label)} data-on=${chosen.includes(o.label)}
            aria-describedby=${o.description ? `${this.question.id}-${i}` : nothing} @click=${(e: Event) => { e.stopPropagation(); if (!this.blocked()) this.choose(item, o.label); }}>
            <span>${o.label}${o.description ? html`<small id=${`${this.question.id}-${i}`} aria-hidden="true">${o.description}</small>` : nothing}</span></button>`)}
      </div>
      <input class="cv-input" aria-label="Other" placeholder="Other…" .value=${this.other[item.question] ?? ''}
        @input=${(e: Event) => (this.other = { ...this.other, [item.question]: (e.target as HTMLInputElement).value })}
        @keydown=${(e: KeyboardEvent) => { if (e.key === 'Enter' && !e.isComposing && this.complete) void this.submit(); }}>
    </div>`;
  }

  private choose(item: QuestionItem, label: string): void {
    const now = this.chosen[item.question] ?? [];
    const next = item.multiSelect ? (now.includes(label) ? now.filter((l) => l !== label) : [...now, label]) : [label];
    this.chosen = { ...this.chosen, [item.question]: next };
    if (this.quick) {
      this.other = {};
      void this.submit();
    }
  }

  private get typed(): boolean {
    return Object.values(this.other).some((text) => text.trim() !== '');
  }

  private answerOf(item: QuestionItem): string {
    const typed = this.other[item.question]?.trim() ?? '';
    // In the order of the options, whatever the order of the taps.
    const chosen = item.options.map((o) => o.label).filter((l) => this.chosen[item.question]?.includes(l));
    if (!typed) return chosen.join(', ');
    return item.multiSelect ? [...chosen, typed].join(', ') : typed;
  }

  private get complete(): boolean {
    return this.question.questions.every((item) => this.answerOf(item) !== '');
  }

  private async submit(): Promise<void> {
    const q = this.question;
    const answers = Object.fromEntries(q.questions.map((item) => [item.question, this.answerOf(item)]));
    try {
      await outbox.add(write.answer(q.conversationId, newId(), q.id, answers));
    } catch (error) {
      this.problem = here((error as Error).message);
    }
  }
}
define('cv-question', CvQuestion);
