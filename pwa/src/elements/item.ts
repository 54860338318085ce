import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { icon } from '../icons.ts';
import type { Item, Message, PlanItem, RetryItem, TurnEndItem } from '../journal/view.ts';
import { duration, money, stateWords, tokens } from '../text/words.ts';
import { define, Light } from './base.ts';
import './markdown.ts';
import './tool.ts';

/** One entry of the log. Entries are replaced when they change, so that the others are not rendered again. */
export class CvItem extends Light {
  static override properties = { item: { attribute: false }, agent: {}, conversationId: { attribute: false }, open: { state: true } };
  declare item: Item;
  declare agent: string;
  declare conversationId: string;
  declare open: boolean;

  constructor() {
    super();
    this.agent = 'Agent';
    this.open = false;
  }

  /** Shows what is folded by itself, for who looks for something in it. */
  unfold(): void {
    this.open = true;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { item } = this;
    if (!item) return nothing;
    switch (item.kind) {
      case 'you': return bubble(item.message, stateWords(item.message.state, 1));
      case 'text': return html`<article class="cv-text" aria-label=${this.agent} aria-busy=${item.live ? 'true' : nothing} data-sub=${item.parentToolId ? '' : nothing}>
        <cv-markdown .live=${item.live} .text=${item.markdown}></cv-markdown>${item.gap ? html`<p class="cv-dim">… the rest comes with the finished text</p>` : nothing}</article>`;
      case 'thinking': return this.thinking(item.markdown, item.live);
      case 'tool': return html`<cv-tool .item=${item} .conversationId=${this.conversationId}></cv-tool>`;
      case 'answered': return html`<div class="cv-line cv-decided" data-tone=${item.decision === 'deny' ? 'bad' : 'quiet'}>
        ${icon(item.decision === 'deny' || item.decision === 'withdrawn' ? 'close' : 'check')}<span>${decided(item.decision, item.by)}: ${item.title}${
          item.message ? ` (${item.message})` : ''}</span></div>`;
      case 'plan': return planView(item);
      case 'line': return html`<div class="cv-line" data-tone=${item.tone}><span>${item.text}</span></div>`;
      case 'retry': return retry(item);
      case 'failed': return html`<div class="cv-card cv-failed" role="alert"><div class="cv-what">${icon('warning')}${item.what}</div>
        ${item.todo ? html`<p>${item.todo}</p>` : nothing}</div>`;
      case 'turn-end': return turnEnd(item);
    }
  }

  private thinking(markdown: string, live: boolean): TemplateResult {
    return html`<div class="cv-tool cv-thinking">
      <button type="button" class="cv-tool-line" aria-expanded=${this.open} @click=${() => (this.open = !this.open)}>
        ${icon('fold')}<span>${live ? 'Thinking…' : 'Thought'}</span><span class="cv-first">${firstLine(markdown)}</span></button>
      ${this.open ? html`<div class="cv-tool-body"><cv-markdown .live=${live} .text=${markdown}></cv-markdown></div>` : nothing}
    </div>`;
  }
}

/** A person's words. @param actions quiet buttons below it */
export function bubble(message: Pick<Message, 'text' | 'attachmentCount' | 'attachments'>, state: string, actions: unknown = nothing, tone = ''): TemplateResult {
  const names = message.attachments.map((a) => a.name);
  const count = Math.max(message.attachmentCount, names.length);
  return html`<article class="cv-you" aria-label="You" data-tone=${tone}>
    <div class="cv-said">${message.text || html`<span class="cv-dim">An earlier message</span>`}</div>
    ${count > 0 ? html`<div class="cv-files">${names.length > 0 ? names.map((n) => html`<span>${icon('file')}${n}</span>`) : html`<span>${icon('file')}${count} files</span>`}</div>` : nothing}
    <small>${state}</small>${actions}
  </article>`;
}

function firstLine(markdown: string): string {
  const trimmed = markdown.replace(/[*_`#>]/g, '').trim();
  return (trimmed.split('\n').at(-1) ?? '').slice(0, 120);
}

export function decided(decision: string, by: string): string {
  const words: Record<string, string> = { allow: 'Allowed', always: 'Always allowed', deny: 'Denied', withdrawn: 'Taken back', answered: 'Answered' };
  return `${words[decision] ?? decision}${by ? ` by ${by === 'agent' ? 'the agent' : by}` : ''}`;
}

export function planView(item: Pick<PlanItem, 'entries'>): TemplateResult {
  const done = item.entries.filter((e) => e.status === 'completed').length;
  return html`<section class="cv-plan" aria-label="Plan"><div class="cv-plan-head">Plan<em>${done} of ${item.entries.length}</em></div>
    <ul>${item.entries.map((e) => html`<li data-status=${e.status}>${icon(e.status === 'completed' ? 'done' : e.status === 'in_progress' ? 'dot' : 'circle')}<span>${e.content}</span>
      <span class="cv-sr">${e.status === 'completed' ? 'done' : e.status === 'in_progress' ? 'in work' : 'to do'}</span></li>`)}</ul></section>`;
}

function retry(item: RetryItem): TemplateResult {
  const count = `(${item.attempt} of ${item.maxAttempts})`;
  return html`<div class="cv-line" data-tone=${item.over ? 'quiet' : 'wait'}>${icon('retry')}<span>${item.over
    ? `${item.why.replace(/\.$/, '')}; it went on after try ${count}` : `${item.why.replace(/\.$/, '')}, trying again in ${Math.max(1, Math.round(item.delayMs / 1000))} s ${count}`}</span></div>`;
}

function turnEnd(item: TurnEndItem): TemplateResult {
  const u = item.usage;
  const parts = [
    item.outcome === 'failed' ? 'failed' : item.outcome === 'interrupted' ? 'stopped' : 'done',
    u?.durationMs ? duration(u.durationMs) : '',
    u ? `${tokens(u.inputTokens + u.cacheReadTokens)} in, ${tokens(u.outputTokens)} out` : '',
    u?.costUsd != null ? money(u.costUsd) : '',
  ].filter((p) => p !== '');
  return html`<div class="cv-turn-end" data-outcome=${item.outcome}><span>${parts.join(' · ')}</span></div>
    ${item.why ? html`<div class="cv-card cv-failed" role="alert"><div class="cv-what">${icon('warning')}The turn ${item.outcome === 'failed' ? 'failed' : 'ended'}</div><p>${item.why}</p>
      ${item.outcome === 'failed' ? html`<p class="cv-dim">The queue waits. Send a message, or resume the queue, to go on.</p>` : nothing}</div>` : nothing}`;
}
define('cv-item', CvItem);
