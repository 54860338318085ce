import { html, nothing } from 'lit';
import { define, Light } from '../elements/base.ts';
import { icon } from '../icons.ts';
import { bytes } from '../text/words.ts';
import { download } from './api.ts';
import { nameOf, shown } from './paths.ts';
import type { PastTree } from './past.ts';
import { hexLines } from './show.ts';
import { state } from './viewers.ts';

/** More is for the device's own programs: it would be held in memory. */
const MOST = 2 * 1024 * 1024;
const HEX = 4096;
const PICTURES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', avif: 'image/avif', bmp: 'image/bmp' };

/** A file as it was in a snapshot, to look at and to take. Event `back`. */
export class CvPastFile extends Light {
  static override properties = { tree: { attribute: false }, path: { attribute: false }, size: { attribute: false }, text: { state: true }, raw: { state: true }, picture: { state: true }, problem: { state: true } };
  declare tree: PastTree;
  declare path: string;
  declare size: number;
  declare text: string | null;
  declare raw: Uint8Array | null;
  /** address of a copy in this page */
  declare picture: string;
  declare problem: string;
  private asked: AbortController | null = null;

  constructor() {
    super();
    this.path = '';
    this.size = 0;
    this.text = null;
    this.raw = null;
    this.picture = '';
    this.problem = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.asked?.abort();
    this.drop();
  }

  private drop(): void {
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = '';
    this.text = this.raw = null;
    this.problem = '';
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('path') || changed.has('tree')) void this.load();
  }

  private async load(): Promise<void> {
    this.asked?.abort();
    const { signal } = (this.asked = new AbortController());
    this.drop();
    if (this.size > MOST) return;
    try {
      const content = await this.tree.api.content(this.tree.snapshot, this.tree.place(this.path), signal);
      if (signal.aborted) return;
      const type = PICTURES[nameOf(this.path).toLowerCase().split('.').at(-1)!];
      if (type) this.picture = URL.createObjectURL(new Blob([content], { type }));
      else this.text = textOf(content);
      if (!type && this.text === null) this.raw = new Uint8Array(content, 0, Math.min(HEX, content.byteLength));
    } catch (error) {
      if (!signal.aborted) this.problem = (error as Error).message;
    }
  }

  protected override render() {
    const name = shown(nameOf(this.path));
    return html`<div class="cv-file-head"><button type="button" class="cv-icon-button cv-file-back" aria-label="All files of the snapshot" @click=${() => this.dispatchEvent(new CustomEvent('back'))}>${icon('back')}</button>
      <h2><bdi>${shown(this.path)}</bdi></h2><button type="button" class="cv-button cv-save" @click=${() => download(this.tree.api.url(this.tree.snapshot, this.tree.place(this.path)), nameOf(this.path))}>Download</button></div>${this.content(name)}`;
  }

  private content(name: string) {
    if (this.problem) return state(html`<p>${this.problem}</p><button type="button" class="cv-button" @click=${() => this.load()}>Try again</button>`, 'alert');
    if (this.size > MOST) return state(html`<p>${bytes(this.size)} are too much to be shown here. Download it to look at it.</p>`);
    if (this.picture) return html`<div class="cv-file-scroll cv-show"><img class="cv-picture" src=${this.picture} alt=${name} @error=${() => (this.problem = 'This picture cannot be shown here.')}></div>`;
    if (this.text === '') return state(html`<p>This file is empty.</p>`);
    if (this.text !== null) return html`<pre class="cv-file-scroll cv-big cv-past-text" tabindex="0" role="region" aria-label=${name}>${this.text.replace(/\n$/, '').split('\n').map((line, i) => html`<span><i>${i + 1}</i>${line}\n</span>`)}</pre>`;
    if (this.raw) return html`<pre class="cv-file-scroll cv-hex" tabindex="0" role="region" aria-label=${`Bytes of ${name}`}>${hexLines(this.raw, 0)}</pre>${this.size > HEX ? html`<p class="cv-file-note">The first ${bytes(HEX)} of ${bytes(this.size)}.</p>` : nothing}`;
    return state(html`<p>Loading ${name}</p>`, 'status');
  }
}
define('cv-past-file', CvPastFile);

/** @returns null when it is no text */
function textOf(content: ArrayBuffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
