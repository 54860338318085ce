import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { icon } from '../icons.ts';
import type { Undo } from './git-api.ts';

/** Something that waits for a yes. */
export interface Ask {
  words: string;
  yes: string;
  run: () => void;
}
/** What was thrown away, in words. */
export type Thrown = Undo & { words: string };
/** What came of something. */
export interface Said {
  tone: 'bad' | 'good';
  words: string;
  todo: string | null;
  url: string | null;
  /** all that git said */
  output: string;
}

/** What came of something; all that git said, for those who want to know; and what can be done. */
export function saidNote(said: Said, open: boolean, toggle: () => void, buttons: unknown): TemplateResult {
  return html`<div class="cv-git-said" role=${said.tone === 'bad' ? 'alert' : 'status'} data-tone=${said.tone}><p>${said.words}</p>${said.todo ? html`<p>${said.todo}</p>` : nothing}
    ${said.url ? html`<a href=${said.url} target="_blank" rel="noopener noreferrer">${said.url}</a>` : nothing}${open ? html`<pre tabindex="0">${said.output}</pre>` : nothing}
    <div>${said.output.trim() === '' ? nothing : html`<button type="button" class="cv-quiet" aria-expanded=${open} @click=${toggle}>${open ? 'Hide' : 'Show'} what git said</button>`}${buttons}</div></div>`;
}

export function askNote(ask: Ask, close: () => void): TemplateResult {
  return html`<div class="cv-ask-restore cv-git-ask" role="group" aria-label=${`${ask.yes}?`} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') close(); }}><p>${ask.words}</p>
    <div class="cv-buttons"><button type="button" class="cv-button" @click=${close}>Cancel</button><button type="button" class="cv-button cv-danger" @click=${() => { close(); ask.run(); }}>${ask.yes}</button></div></div>`;
}

export function thrownNote(thrown: Thrown, held: boolean, undo: () => void, close: () => void): TemplateResult {
  const { kept } = thrown;
  const left = kept.length > 0 ? ` Not touched: ${kept[0]!.path}, ${kept[0]!.why}${kept.length > 1 ? `, and ${kept.length - 1} more` : ''}.` : '';
  return html`<div class="cv-restored" role="status"><span>${thrown.words}${left}</span>
    ${thrown.paths.length > 0 ? html`<button type="button" class="cv-text-button" ?disabled=${held} @click=${undo}>Undo</button>` : nothing}
    <button type="button" class="cv-icon-button" aria-label="Close" @click=${close}>${icon('close')}</button></div>`;
}
