import { html, nothing } from 'lit';
import { icon } from '../icons.ts';
import type { ToolItem } from '../journal/view.ts';
import { bounded, plainText } from '../text/ansi.ts';
import { bytes } from '../text/words.ts';
import { copy, define, Light } from './base.ts';
import { counts, diffView } from './diff.ts';
import { inputView } from './input.ts';

const SHORT = 4000;

/** A tool call: one line, and behind it what went in and what came out. */
export class CvTool extends Light {
  static override properties = {
    item: { attribute: false }, conversationId: { attribute: false }, open: { state: true }, all: { state: true }, whole: { state: true },
    problem: { state: true },
  };
  declare item: ToolItem;
  declare conversationId: string;
  declare open: boolean;
  declare all: boolean;
  declare whole: string | null;
  declare problem: string;

  constructor() {
    super();
    this.open = false;
    this.all = false;
    this.whole = null;
    this.problem = '';
  }

  protected override render() {
    const { item } = this;
    if (!item) return nothing;
    return html`<div class="cv-tool" data-state=${item.state} style=${item.depth ? `--depth:${item.depth}` : ''}>
      <button type="button" class="cv-tool-line" aria-expanded=${this.open} @click=${() => (this.open = !this.open)}>
        ${icon('fold')}<code>${this.line()}</code>${this.figure()}
      </button>
      ${this.open ? this.details() : nothing}
    </div>`;
  }

  private line(): string {
    const { name, title } = this.item;
    const plain = plainText(title || '').replace(/\s+/g, ' ').trim();
    if (!plain) return name;
    return name === 'Bash' || plain.toLowerCase().startsWith(name.toLowerCase()) ? plain : `${name} ${plain}`;
  }

  private figure() {
    const { item } = this;
    if (item.state === 'running') return html`<em class="cv-run">running</em>`;
    if (item.state === 'failed') return html`<em class="cv-bad">${item.summary ?? 'failed'}</em>`;
    if (item.state === 'unknown') return html`<em>no result</em>`;
    if (item.diffs.length > 0) return counts(item.diffs.reduce((n, d) => n + d.added, 0), item.diffs.reduce((n, d) => n + d.removed, 0));
    return item.summary ? html`<em class=${/\b(passed|ok|done)\b/i.test(item.summary) ? 'cv-good' : ''}>${item.summary}</em>` : html`<em>${icon('check')}<span class="cv-sr">done</span></em>`;
  }

  private details() {
    const { item } = this;
    const more = () => (this.all = true);
    return html`<div class="cv-tool-body">
      ${item.diffs.length > 0 ? item.diffs.map((d) => diffView(d, this.all, more)) : inputView(item.input, this.all, more)}
      ${item.state === 'running' ? nothing : this.output()}
    </div>`;
  }

  private output() {
    const { item } = this;
    const text = plainText(this.whole ?? item.output);
    if (text.trim() === '') return item.diffs.length > 0 ? nothing : html`<p class="cv-dim">It printed nothing.</p>`;
    const { text: shown, cut } = this.whole === null ? bounded(text, SHORT) : { text, cut: false };
    const missing = cut || (this.whole === null && item.outputBytes > item.output.length * 4);
    return html`<pre class="cv-pre cv-output" tabindex="0" aria-label="Output">${shown}</pre>
      <div class="cv-row-quiet">
        ${missing ? html`<button type="button" class="cv-quiet" @click=${this.showAll}>Show all, ${bytes(item.outputBytes)}</button>` : nothing}
        <button type="button" class="cv-quiet" @click=${() => copy(text)}>Copy output</button>
        ${this.problem ? html`<span class="cv-bad">${this.problem}</span>` : nothing}
      </div>`;
  }

  private readonly showAll = async () => {
    this.problem = '';
    if (this.item.output.length >= this.item.outputBytes) {
      this.whole = this.item.output;
      return;
    }
    try {
      const url = `/api/v1/conversations/${encodeURIComponent(this.conversationId)}/tools/${encodeURIComponent(this.item.toolId)}/output`;
      const response = await fetch(url, { credentials: 'same-origin', signal: AbortSignal.timeout(30_000) });
      if (!response.ok) throw new Error();
      // Ten megabytes as text in one element stop a phone for seconds; past two the end is what one looks for.
      const text = await response.text();
      this.whole = text.length > 2_000_000 ? bounded(text, 2_000_000).text : text;
    } catch {
      this.problem = 'It could not be loaded. The workspace may be stopped.';
    }
  };
}
define('cv-tool', CvTool);
