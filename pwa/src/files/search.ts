import { html } from 'lit';
import { define, Light } from '../elements/base.ts';
import type { FilesApi, Hit, Match } from './api.ts';
import { nameOf, parentOf, shown } from './paths.ts';
import { state } from './viewers.ts';

const HITS = 100;
const LINES = 500;

/** What was found, by name or by content. Event `open-file` with the path, or with `{path, line}`. */
export class CvFileSearch extends Light {
  static override properties = { api: { attribute: false }, q: { attribute: false }, content: { attribute: false }, hits: { state: true }, lines: { state: true }, said: { state: true }, busy: { state: true }, problem: { state: true } };
  declare api: FilesApi;
  declare q: string;
  /** in the files, not in their names */
  declare content: boolean;
  declare hits: Hit[];
  declare lines: Match[];
  declare said: string;
  declare busy: boolean;
  declare problem: string;
  private asked: AbortController | null = null;
  private soon: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.q = '';
    this.content = false;
    this.hits = [];
    this.lines = [];
    this.said = '';
    this.busy = false;
    this.problem = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.asked?.abort();
    clearTimeout(this.soon);
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has('q') && !changed.has('content') && !changed.has('api')) return;
    this.asked?.abort();
    clearTimeout(this.soon);
    if (changed.has('content')) {
      this.hits = [];
      this.lines = [];
    }
    const { signal } = (this.asked = new AbortController());
    this.busy = true;
    this.problem = '';
    this.said = '';
    this.soon = setTimeout(() => void this.look(this.q.trim(), signal), this.content ? 250 : 80);
  }

  private async look(q: string, signal: AbortSignal): Promise<void> {
    try {
      if (this.content) {
        let first = true;
        const said = await this.api.search(q, (found) => {
          if (signal.aborted) return;
          this.lines = first ? found : [...this.lines, ...found];
          first = false;
        }, signal);
        if (first) this.lines = [];
        this.said = said ?? '';
      } else {
        const found = await this.api.find(q, HITS, signal);
        this.hits = found.hits;
        this.said = found.complete ? '' : `Only the first ${found.files.toLocaleString('en')} files were looked at.`;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.problem = (error as Error).message;
    }
    this.busy = false;
  }

  protected override render() {
    const n = this.content ? this.lines.length : this.hits.length;
    if (this.problem) return state(html`<p>${this.problem}</p>`, 'alert');
    if (n === 0) return state(html`<p>${this.busy ? 'Searching' : this.content ? 'No file has this text.' : 'No file has such a name.'}</p>`, 'status');
    const open = (detail: string | { path: string; line: number }) => this.dispatchEvent(new CustomEvent('open-file', { detail }));
    return html`<ul class="cv-found" aria-label="Found">${this.content
      ? this.lines.slice(0, LINES).map((m) => html`<li><button type="button" @click=${() => open({ path: m.path, line: m.line })}><span class="cv-path"><b>${shown(nameOf(m.path))}<i>:${m.line}</i></b><small><bdi>${shown(parentOf(m.path))}</bdi></small></span><code>${marks(m)}</code></button></li>`)
      : this.hits.map((h) => html`<li><button type="button" @click=${() => open(h.path)}><span class="cv-path"><b>${shown(nameOf(h.path))}</b><small><bdi>${shown(parentOf(h.path))}</bdi></small></span></button></li>`)}</ul>
      <p class="cv-file-note" role="status">${this.busy ? 'Searching' : this.content ? `${n > LINES ? `The first ${LINES} of ${n}` : n} ${n === 1 ? 'line' : 'lines'}. ${this.said}` : this.said}</p>`;
  }
}
define('cv-file-search', CvFileSearch);

/** The line around its first match, with the matches marked. */
function marks(m: Match) {
  const out: unknown[] = [];
  let at = Math.max(0, (m.ranges[0]?.[0] ?? 0) - 30);
  if (at > 0) out.push('…');
  else at = m.text.length - m.text.trimStart().length > (m.ranges[0]?.[0] ?? 0) ? 0 : m.text.length - m.text.trimStart().length;
  for (const [from, to] of m.ranges) {
    out.push(m.text.slice(at, from), html`<mark>${m.text.slice(from, to)}</mark>`);
    at = to;
  }
  out.push(m.text.slice(at, at + 160));
  return out;
}
