import { html, nothing } from 'lit';
import type { OpenApproval } from '../wire.ts';
import { write } from '../outbox/entries.ts';
import { outbox } from '../outbox/outbox.ts';
import { define, here, Light, newId } from './base.ts';
import { inputView } from './input.ts';

/** One approval: exactly what would be done, and the answers. `blocked` says that a tap may have been meant for another card. */
export class CvApproval extends Light {
  static override properties = {
    approval: { attribute: false }, where: { attribute: false }, count: {}, keys: { attribute: false }, blocked: { attribute: false },
    asking: { state: true }, reason: { state: true }, all: { state: true }, problem: { state: true },
  };
  declare approval: OpenApproval;
  /** a link to the conversation, where the card is not inside of it */
  declare where: unknown;
  declare count: string;
  /** the keys A and D answer this card */
  declare keys: boolean;
  declare blocked: () => boolean;
  declare asking: boolean;
  declare reason: string | null;
  declare all: boolean;
  declare problem: string;

  constructor() {
    super();
    this.count = '';
    this.keys = false;
    this.blocked = () => false;
    this.asking = false;
    this.reason = null;
    this.all = false;
    this.problem = '';
  }

  protected override render() {
    const a = this.approval;
    if (!a) return nothing;
    const always = a.options?.find((o) => o.id === 'always');
    return html`<div class="cv-card cv-wait" role="group" aria-label=${`Approval: ${a.tool}`} tabindex="-1">
      <div class="cv-where"><span class="cv-dot" data-tone="wait"></span>${this.where ?? html`<span>Approval</span>`}
        <em>${[this.count, this.keys ? 'A allow · D deny' : ''].filter((x) => x).join(' · ')}</em></div>
      <div class="cv-what">${heading(a)}</div>
      ${inputView(a.input, this.all, () => (this.all = true))}
      ${this.problem ? html`<p class="cv-bad" role="alert">${this.problem}</p>` : nothing}
      ${this.asking && always ? html`
        <p class="cv-ask">From now on this is allowed without asking: <code>${always.detail || always.label}</code></p>
        <div class="cv-buttons">
          <button type="button" class="cv-button" @click=${this.act(() => (this.asking = false))}>Back</button>
          <button type="button" class="cv-button cv-primary" @click=${this.act(() => this.answer('always'))}>Always allow</button>
        </div>` : html`
        ${this.reason === null ? nothing : html`<input class="cv-input" aria-label="Reason" placeholder="Why not? The agent is told" .value=${this.reason}
          @input=${(e: Event) => (this.reason = (e.target as HTMLInputElement).value)} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Enter' && !e.isComposing) void this.answer('deny'); if (e.key === 'Escape') void this.noReason(); }}>`}
        <div class="cv-buttons">
          <button type="button" class="cv-button cv-primary" @click=${this.act(() => this.answer('allow'))}>Allow</button>
          <button type="button" class="cv-button" @click=${this.act(() => this.answer('deny'))}>Deny</button>
          ${always ? html`<button type="button" class="cv-button cv-soft" @click=${this.act(() => (this.asking = true))}>Always allow</button>` : nothing}
        </div>
        ${this.reason === null ? html`<button type="button" class="cv-quiet cv-why" @click=${this.act(this.why)}>Say why not…</button>` : nothing}`}
    </div>`;
  }

  private readonly why = async () => {
    this.reason = '';
    await this.updateComplete;
    this.querySelector<HTMLInputElement>('.cv-input')?.focus();
  };

  private readonly noReason = async () => {
    this.reason = null;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.cv-why')?.focus();
  };

  private act(run: () => unknown) {
    return (event: Event) => {
      event.stopPropagation();
      if (this.blocked()) {
        this.classList.remove('cv-nudge');
        void this.offsetWidth;
        this.classList.add('cv-nudge');
        return;
      }
      void run();
    };
  }

  async answer(decision: 'allow' | 'always' | 'deny'): Promise<void> {
    const a = this.approval;
    const message = decision === 'deny' && this.reason?.trim() ? this.reason.trim() : null;
    try {
      await outbox.add(write.approval(a.conversationId, newId(), a.id, decision, message));
    } catch (error) {
      this.problem = here((error as Error).message);
    }
  }
}

/** What it is about in one line: the agent's own description when it gives one, else the tool and its title. */
function heading(a: OpenApproval): string {
  const input = (typeof a.input === 'object' && a.input !== null ? a.input : {}) as Record<string, unknown>;
  const description = typeof input.description === 'string' ? input.description : '';
  const command = typeof input.command === 'string' ? input.command : '';
  const words = description || (a.title && a.title !== command ? a.title : '');
  if (!words) return a.tool;
  return words.toLowerCase().startsWith(a.tool.toLowerCase()) ? words : `${a.tool}: ${words}`;
}
define('cv-approval', CvApproval);
