import { html, nothing } from 'lit';
import { define, Light } from '../elements/base.ts';
import { bytes } from '../text/words.ts';
import type { FilesApi, Info, TextWindow } from './api.ts';
import { shown } from './paths.ts';
import { hexLines, table } from './show.ts';

const WINDOW = 1000;
const HEX = 4096;
/** larger ones are for the device's own viewer: they would be held in memory */
const PDF = 32 * 1024 * 1024;

export const state = (content: unknown, role: 'status' | 'alert' | null = null) => html`<div class="cv-changes-state" role=${role ?? nothing}>${content}</div>`;

export function sheet(text: string) {
  const { rows, more } = table(text);
  const [head = [], ...rest] = rows;
  return html`<table class="cv-sheet"><thead><tr>${head.map((c) => html`<th scope="col">${c}</th>`)}</tr></thead><tbody>${rest.map((r) => html`<tr>${r.map((c) => html`<td>${c}</td>`)}</tr>`)}</tbody></table>
    ${more ? html`<p class="cv-file-note">Only the first rows are shown as a table.</p>` : nothing}`;
}

/** What is no short text: pictures, sound, PDF, long texts in windows, and bytes. */
export class CvFileView extends Light {
  static override properties = { api: { attribute: false }, info: { attribute: false }, line: { attribute: false }, piece: { state: true }, hex: { state: true }, pdf: { state: true }, problem: { state: true } };
  declare api: FilesApi;
  declare info: Info;
  declare line: number;
  declare piece: TextWindow | null;
  declare hex: { at: number; bytes: Uint8Array } | null;
  /** address of a copy in this page: of that type, whatever the bytes are */
  declare pdf: string;
  declare problem: string;
  private shows = '';

  constructor() {
    super();
    this.line = 0;
    this.piece = null;
    this.hex = null;
    this.pdf = '';
    this.problem = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.drop();
  }

  private drop(): void {
    if (this.pdf) URL.revokeObjectURL(this.pdf);
    this.pdf = '';
  }

  private get path(): string {
    return this.info.entry.path;
  }

  protected override willUpdate(): void {
    const wanted = `${this.path} ${this.info.etag} ${this.line}`;
    if (wanted === this.shows) return;
    this.shows = wanted;
    void this.load();
  }

  private async load(): Promise<void> {
    const { info } = this;
    const size = info.entry.size;
    this.problem = '';
    if (info.kind === 'image' || info.kind === 'audio' || info.kind === 'video') return;
    if (info.kind === 'pdf') {
      if (!navigator.pdfViewerEnabled || size > PDF) return;
      await this.attempt(async () => {
        const { bytes: content } = await this.api.content(this.path);
        this.drop();
        this.pdf = URL.createObjectURL(new Blob([content], { type: 'application/pdf' }));
      });
    } else if (info.encoding !== null) await this.go(Math.max(1, this.line - 5));
    else await this.look(0);
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.problem = '';
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  private go(line: number): Promise<void> {
    return this.attempt(async () => {
      this.piece = await this.api.text(this.path, Math.max(1, line), WINDOW);
      this.querySelector('.cv-big')?.scrollTo(0, 0);
    });
  }

  private look(at: number): Promise<void> {
    const end = Math.min(this.info.entry.size, at + HEX);
    return this.attempt(async () => {
      this.hex = { at, bytes: end > at ? await this.api.part(this.path, at, end) : new Uint8Array() };
    });
  }

  protected override render() {
    const { info } = this;
    const name = shown(this.path);
    const download = html`<a class="cv-button" href=${this.api.url(this.path, true)} download>Download, ${bytes(info.entry.size)}</a>`;
    if (this.problem) return state(html`<p>${this.problem}</p><button type="button" class="cv-button" @click=${() => this.load()}>Try again</button>`, 'alert');
    if (info.kind === 'image') return html`<div class="cv-file-scroll cv-show"><img class="cv-picture" src=${`${this.api.url(this.path)}&v=${encodeURIComponent(info.etag ?? '')}`} alt=${name} @error=${() => (this.problem = 'This picture cannot be shown here.')}><span class="cv-dim">${bytes(info.entry.size)}</span></div>`;
    if (info.kind === 'audio') return state(html`<audio controls src=${this.api.url(this.path)}></audio>${download}`);
    if (info.kind === 'video') return state(html`<video controls playsinline src=${this.api.url(this.path)}></video>${download}`);
    if (info.kind === 'pdf') {
      return this.pdf ? html`<iframe class="cv-pdf" title=${name} src=${this.pdf}></iframe>`
        : state(html`<p>${navigator.pdfViewerEnabled ? 'Loading the PDF' : 'This browser shows no PDF inside a page. Download it to read it.'}</p>${download}`);
    }
    if (this.piece) return this.windows(this.piece);
    if (this.hex) return this.bytesView(this.hex, download);
    return state(html`<p>Loading ${name}</p>`, 'status');
  }

  private bytesView(hex: { at: number; bytes: Uint8Array }, download: unknown) {
    const { size } = this.info.entry;
    if (size === 0) return state(html`<p>This file is empty.</p>`);
    return html`<pre class="cv-file-scroll cv-hex" tabindex="0" role="region" aria-label=${`Bytes of ${shown(this.path)}`}>${hexLines(hex.bytes, hex.at)}</pre>
      <div class="cv-selected"><span>${bytes(hex.at)} of ${bytes(size)}</span>
        ${size > HEX ? html`<button type="button" class="cv-text-button" ?disabled=${hex.at === 0} @click=${() => this.look(Math.max(0, hex.at - HEX))}>Earlier</button>
        <button type="button" class="cv-text-button" ?disabled=${hex.at + HEX >= size} @click=${() => this.look(hex.at + HEX)}>Later</button>` : nothing}${download}</div>`;
  }

  private windows(part: TextWindow) {
    const first = part.line ?? 1;
    const last = first + part.lines.length - 1;
    return html`<pre class="cv-file-scroll cv-big" tabindex="0" role="region" aria-label=${shown(this.path)}>${part.lines.map((line, i) => html`<span ?data-on=${first + i === this.line}><i>${first + i}</i>${line}\n</span>`)}</pre>
      <form class="cv-selected" @submit=${(e: Event) => { e.preventDefault(); void this.go(Number(new FormData(e.target as HTMLFormElement).get('line'))); }}>
        <span>${first} to ${last}${part.totalLines === null ? '' : ` of ${part.totalLines}`}</span><input class="cv-input cv-goto" name="line" inputmode="numeric" pattern="[0-9]+" required aria-label="Go to line" placeholder="Line">
        <button type="button" class="cv-text-button" ?disabled=${first <= 1} @click=${() => this.go(first - WINDOW)}>Earlier</button>
        <button type="button" class="cv-text-button" ?disabled=${part.next >= part.info.entry.size} @click=${() => this.go(last + 1)}>Later</button></form>`;
  }
}
define('cv-file-view', CvFileView);
