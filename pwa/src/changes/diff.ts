import { html, nothing } from 'lit';
import { counts } from '../elements/diff.ts';
import { define, Light, newId } from '../elements/base.ts';
import { icon } from '../icons.ts';
import { bytes } from '../text/words.ts';
import { api, isPicture } from './api.ts';
import type { Diff, FileChange } from './api.ts';
import { place } from './comments.ts';
import type { Comment } from './comments.ts';
import { fold, hunkOf, parse, sideBySide, visible, words } from './rows.ts';
import type { Gap, Hunk, Line, Pair, Row } from './rows.ts';

const LINE = 20;
const GAP = 44;
const NOTE = 60;
const AHEAD = 600;
/** Lines longer than this are cut: minified files have one of a megabyte. */
const LONGEST = 4000;

/** Where the two states of a file are read from. */
export interface Source {
  diff(whole: boolean, signal: AbortSignal): Promise<Diff>;
  before(signal: AbortSignal): Promise<Blob>;
  after(signal: AbortSignal): Promise<Blob>;
}

type Shown = { pair: Pair } | { comment: Comment };
interface Selection {
  side: 'old' | 'new';
  from: number;
  to: number;
}

/**
 * What changed in one file: lines in a window, so that a long one is as quick as a short one. Events: `back`, `restore`,
 * `comment` with the comment that is to be kept, `uncomment` with its id, `restore-hunk` with a change and its words.
 */
export class CvFileDiff extends Light {
  static override properties = {
    workspaceId: { attribute: false }, from: { attribute: false }, to: { attribute: false }, change: { attribute: false }, source: { attribute: false }, actions: { attribute: false }, comments: { attribute: false },
    wide: { attribute: false }, diff: { state: true }, problem: { state: true }, loading: { state: true }, selection: { state: true }, writing: { state: true },
    window: { state: true }, pictures: { state: true },
  };
  declare workspaceId: string;
  declare from: string;
  declare to: string;
  declare change: FileChange;
  /** null: the checkpoints `from` and `to` */
  declare source: Source | null;
  /** what can be done with the file; null: it can be restored, also single changes of it */
  declare actions: { label: string; bad?: boolean; run: () => void }[] | null;
  declare comments: Comment[];
  /** old and new side by side */
  declare wide: boolean;
  declare diff: Diff | null;
  declare problem: string;
  declare loading: boolean;
  declare selection: Selection | null;
  declare writing: Comment | null;
  declare window: [number, number];
  declare pictures: { before?: string; after?: string } | null;
  private rows: Row[] = [];
  private whole = false;
  private readonly opened = new Set<number>();
  private shown: Shown[] = [];
  private tops: number[] = [0];
  private columns = 40;
  private asked: AbortController | null = null;
  private readonly sizes = new ResizeObserver(() => this.measure());
  private watched: Element | null = null;

  constructor() {
    super();
    this.source = this.actions = null;
    this.comments = [];
    this.wide = false;
    this.diff = null;
    this.problem = '';
    this.loading = false;
    this.selection = null;
    this.writing = null;
    this.window = [0, 80];
    this.pictures = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.asked?.abort();
    this.sizes.disconnect();
    this.watched = null;
    this.forgetPictures();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (['workspaceId', 'from', 'to', 'change'].some((p) => changed.has(p)) && this.change) {
      const old = changed.get('change') as FileChange | undefined;
      const same = old?.path === this.change.path && !changed.has('from');
      if (!same) {
        this.opened.clear();
        this.whole = false;
        this.selection = null;
        this.writing = null;
        this.diff = null;
        this.window = [0, 80];
      }
      void this.load();
    }
    if (changed.has('comments') || changed.has('wide')) this.layOut();
  }

  private async load(): Promise<void> {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.loading = true;
    this.problem = '';
    const { change } = this;
    try {
      if (isPicture(change.path)) await this.look(change, asked.signal);
      const diff = await this.reader(change).diff(this.whole, asked.signal);
      if (asked.signal.aborted) return;
      this.rows = parse(diff.unified, diff.lines);
      this.diff = diff;
      this.layOut();
    } catch (error) {
      if (asked.signal.aborted) return;
      this.problem = (error as Error).message;
    }
    this.loading = false;
  }

  private reader(change: FileChange): Source {
    const { workspaceId: id, from, to } = this;
    return this.source ?? {
      diff: (whole, signal) => api.diff(id, from, to, change.path, whole, signal),
      before: (signal) => api.picture(id, from, change.path, signal),
      after: (signal) => api.picture(id, to, change.path, signal),
    };
  }

  private async look(change: FileChange, signal: AbortSignal): Promise<void> {
    const [before, after] = await Promise.all([
      change.status === 'A' ? undefined : this.reader(change).before(signal),
      change.status === 'D' ? undefined : this.reader(change).after(signal),
    ]);
    if (signal.aborted) return;
    this.forgetPictures();
    this.pictures = { before: before && URL.createObjectURL(before), after: after && URL.createObjectURL(after) };
  }

  private forgetPictures(): void {
    for (const url of Object.values(this.pictures ?? {})) if (url) URL.revokeObjectURL(url);
    this.pictures = null;
  }

  /** Which rows there are, and how high each is: all letters are equally wide, so nothing needs to be rendered for that. */
  private layOut(): void {
    const rows = this.whole ? fold(this.rows, this.opened) : this.rows;
    const pairs: Pair[] = this.wide ? sideBySide(rows) : rows.map((row) => (row.kind === 'gap' ? row : { left: row.kind === 'del' ? row : null, right: row.kind === 'del' ? null : row }));
    const notes = this.comments.filter((c) => c.path === this.change?.path);
    this.shown = [];
    for (const pair of pairs) {
      this.shown.push({ pair });
      if (!('left' in pair)) continue;
      for (const c of notes) {
        if ((c.side === 'old' && pair.left?.old === c.to) || (c.side === 'new' && pair.right?.now === c.to && pair.right !== null)) this.shown.push({ comment: c });
      }
    }
    const tops = [0];
    for (const shown of this.shown) tops.push(tops.at(-1)! + this.height(shown));
    this.tops = tops;
    this.requestUpdate();
  }

  private height(shown: Shown): number {
    if ('comment' in shown) return NOTE;
    if (!('left' in shown.pair)) return GAP;
    const lines = (line: Line | null) => (line ? Math.max(1, Math.ceil(width(cut(line.text)) / this.columns)) : 1);
    return LINE * Math.max(lines(shown.pair.left), lines(shown.pair.right));
  }

  protected override updated(): void {
    const box = this.querySelector('.cv-rows');
    if (box) this.scrolled();
    if (box === this.watched) return;
    this.sizes.disconnect();
    this.watched = box;
    if (box) this.sizes.observe(box);
  }

  private measure(): void {
    const box = this.querySelector<HTMLElement>('.cv-rows');
    const probe = box?.querySelector<HTMLElement>('.cv-probe');
    if (!box || !probe) return;
    const letter = probe.getBoundingClientRect().width / 100;
    const columns = Math.max(8, Math.floor((box.clientWidth / (this.wide ? 2 : 1) - GUTTER - 12) / letter));
    if (columns !== this.columns) {
      this.columns = columns;
      this.layOut();
    }
    this.scrolled();
  }

  private readonly scrolled = () => {
    const box = this.querySelector<HTMLElement>('.cv-rows');
    if (!box) return;
    const next = visible(this.tops, box.scrollTop - AHEAD, box.scrollTop + box.clientHeight + AHEAD);
    if (next[0] !== this.window[0] || next[1] !== this.window[1]) this.window = next;
  };

  protected override render() {
    const { change } = this;
    if (!change) return nothing;
    const say = (event: string) => () => this.dispatchEvent(new CustomEvent(event));
    return html`<div class="cv-file-head">
        <button type="button" class="cv-icon-button cv-file-back" aria-label="All files" @click=${say('back')}>${icon('back')}</button>
        <h2>${change.path}</h2>${change.binary || change.additions + change.deletions === 0 ? nothing : counts(change.additions, change.deletions)}
        ${(this.actions ?? [{ label: 'Restore', run: say('restore') }]).map((a) => html`<button type="button" class="cv-text-button ${a.bad ? 'cv-bad' : ''}" @click=${a.run}>${a.label}</button>`)}</div>
      ${this.modes()}${this.pictures ? this.gallery(this.pictures) : nothing}${this.body()}${this.bar()}`;
  }

  private modes() {
    const d = this.diff;
    if (!d?.oldMode || !d.mode || d.oldMode === d.mode) return nothing;
    return html`<p class="cv-file-note">Mode ${d.oldMode} became ${d.mode}.</p>`;
  }

  private gallery(pictures: { before?: string; after?: string }) {
    const one = (name: string, url: string | undefined, size: number | null) => url === undefined ? nothing : html`<figure><img src=${url} alt=${`${this.change.path}, ${name}`}>
      <figcaption>${name}${size === null ? '' : `, ${bytes(size)}`}</figcaption></figure>`;
    return html`<div class="cv-pictures">${one('before', pictures.before, this.change.oldSize)}${one('after', pictures.after, this.change.size)}</div>`;
  }

  private body() {
    const { diff } = this;
    if (this.problem) return html`<div class="cv-changes-state" role="alert"><p>${this.problem}</p><button type="button" class="cv-button cv-soft" @click=${() => this.load()}>Try again</button></div>`;
    if (!diff) return html`<div class="cv-changes-state" role="status"><p>Loading the changes</p></div>`;
    if (diff.binary) return this.pictures ? nothing : html`<div class="cv-changes-state"><p>${this.actions ? 'Not text.' : `Not text, or larger than 4 MB: ${sizes(this.change)}.`}</p></div>`;
    if (this.shown.length === 0) return html`<div class="cv-changes-state"><p>No line differs.</p></div>`;
    const [from, to] = this.window;
    const end = this.tops.at(-1)!;
    return html`<div class="cv-rows" ?data-wide=${this.wide} tabindex="0" role="region" aria-label=${`Changes of ${this.change.path}`} aria-busy=${this.loading}
        @scroll=${this.scrolled} @click=${this.tapped} @keydown=${this.key}>
      <span class="cv-probe" aria-hidden="true">${'0'.repeat(100)}</span>
      <div style=${`height:${this.tops[Math.min(from, this.shown.length)]}px`}></div>
      ${this.shown.slice(from, to).map((s, i) => this.row(s, from + i))}
      <div style=${`height:${Math.max(0, end - this.tops[Math.min(to, this.shown.length)]!)}px`}></div>
      ${diff.truncated ? html`<p class="cv-file-note">The rest is too long to be shown.${this.whole ? nothing : html` <button type="button" class="cv-text-button" @click=${() => this.open(-1)}>Show up to 16 MB</button>`}</p>` : nothing}
    </div><span class="cv-sr" aria-live="polite">${this.voice()}</span>`;
  }

  private row(shown: Shown, index: number) {
    if ('comment' in shown) {
      const c = shown.comment;
      return html`<button type="button" class="cv-note" data-side=${c.side} style=${`height:${NOTE}px`} aria-label=${`Your comment on ${place(c)}: ${c.text}. Change it`} @click=${() => this.edit(c)}>
        <span>${c.text || 'Empty comment'}</span></button>`;
    }
    const { pair } = shown;
    if (!('left' in pair)) return this.gap(pair);
    const height = `min-height:${this.tops[index + 1]! - this.tops[index]!}px`;
    if (this.wide) return html`<div class="cv-pair" style=${height}>${this.half(pair.left, 'old', index)}${this.half(pair.right, 'new', index)}</div>`;
    return html`<div class="cv-pair" style=${height}>${pair.left ? this.half(pair.left, 'old', index) : this.half(pair.right, 'new', index)}</div>`;
  }

  private gap(gap: Gap) {
    const many = gap.lines === null ? 'the rest of the file' : `${gap.lines} unchanged ${gap.lines === 1 ? 'line' : 'lines'}`;
    return html`<button type="button" class="cv-gap" style=${`height:${GAP}px`} @click=${() => this.open(gap.key)}>Show ${many}</button>`;
  }

  private half(line: Line | null, side: 'old' | 'new', index: number) {
    if (!line) return html`<div class="cv-l none"></div>`;
    const s = this.selection;
    const on = s !== null && s.side === side && index >= s.from && index <= s.to;
    const kind = line.kind === 'same' ? 'same' : line.kind;
    const sign = line.kind === 'add' ? '+' : line.kind === 'del' ? '−' : '';
    const number = side === 'old' ? line.old : line.now;
    const text = line.mate === undefined || line.text.length > 600 ? expand(cut(line.text))
      : words(expand(line.text), expand(line.mate)).map((w) => (w.marked ? html`<mark>${w.text}</mark>` : w.text));
    return html`<div class="cv-l ${kind}" ?data-on=${on} data-row=${index} data-side=${side}><i aria-hidden="true">${number}</i><b aria-hidden="true">${sign}</b><span>${
      line.kind === 'same' ? nothing : html`<span class="cv-sr">${line.kind === 'add' ? 'added: ' : 'removed: '}</span>`}${text}${line.text.length > LONGEST ? ' …' : nothing}</span></div>`;
  }

  // --- comments ---------------------------------------------------------------------------------------------------------

  private line(index: number, side: 'old' | 'new'): Line | null {
    const shown = this.shown[index];
    if (!shown || !('pair' in shown) || !('left' in shown.pair)) return null;
    return side === 'old' ? shown.pair.left : shown.pair.right;
  }

  private readonly tapped = (event: MouseEvent) => {
    const at = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    // Whoever marks text with the mouse wants to copy it.
    if (!at || !getSelection()?.isCollapsed) return;
    this.pick(Number(at.dataset.row), at.dataset.side as 'old' | 'new', true);
  };

  /** The first tap takes a line, the next one makes it a range; a tap on the only one that is taken lets it go. */
  private pick(index: number, side: 'old' | 'new', toggle: boolean): void {
    const s = this.selection;
    if (this.writing) return;
    if (toggle && s?.side === side && s.from === index && s.to === index) this.selection = null;
    else if (s?.side === side && s.from === s.to && toggle) this.selection = { side, from: Math.min(s.from, index), to: Math.max(s.to, index) };
    else this.selection = { side, from: index, to: index };
  }

  private readonly key = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter' && this.selection) this.comment();
    else if (event.key === 'Escape' && this.selection) this.selection = null;
    else if (step !== 0) this.walk(step, event.shiftKey);
    else return;
    event.preventDefault();
  };

  private walk(step: number, extend: boolean): void {
    const s = this.selection;
    let at = s ? (step > 0 ? s.to : s.from) : Math.max(0, visible(this.tops, this.box.scrollTop, this.box.scrollTop)[0] - 1);
    const next = (side: 'old' | 'new'): boolean => this.line(at, side) !== null;
    do at += step;
    while (at >= 0 && at < this.shown.length && !(extend && s ? next(s.side) : next('new') || next('old')));
    if (at < 0 || at >= this.shown.length) return;
    if (extend && s) this.selection = { side: s.side, from: Math.min(s.from, at), to: Math.max(s.to, at) };
    else this.selection = { side: next('new') ? 'new' : 'old', from: at, to: at };
    const { box } = this;
    if (this.tops[at]! < box.scrollTop) box.scrollTop = this.tops[at]!;
    else if (this.tops[at + 1]! > box.scrollTop + box.clientHeight) box.scrollTop = this.tops[at + 1]! - box.clientHeight;
  }

  private get box(): HTMLElement {
    return this.querySelector<HTMLElement>('.cv-rows')!;
  }

  /** For screen readers: the line that the keys are on. */
  private voice(): string {
    const s = this.selection;
    const line = s && this.line(s.to, s.side);
    if (!s || !line) return '';
    return `${line.kind === 'add' ? 'added ' : line.kind === 'del' ? 'removed ' : ''}line ${(s.side === 'old' ? line.old : line.now) ?? ''}: ${cut(line.text).slice(0, 200)}`;
  }

  private marked(): Line[] {
    const s = this.selection;
    if (!s) return [];
    const lines: Line[] = [];
    for (let i = s.from; i <= s.to; i++) {
      const line = this.line(i, s.side);
      if (line) lines.push(line);
    }
    return lines;
  }

  /** The only change that the marked lines are in. Of a new or deleted file, the whole file is restored. */
  private hunk(lines: readonly Line[]): Hunk | null {
    if (this.actions !== null || this.change.status !== 'M' || this.diff?.truncated) return null;
    const hunks = lines.map((line) => hunkOf(this.rows, line)).filter((h) => h !== null);
    const first = hunks[0];
    return first && hunks.every((h) => h.newLine === first.newLine && h.oldLine === first.oldLine) ? first : null;
  }

  private restoreHunk(hunk: Hunk): void {
    this.selection = null;
    this.dispatchEvent(new CustomEvent('restore-hunk', { detail: { hunk, words: hunkWords(hunk) } }));
  }

  private comment(): void {
    const s = this.selection;
    const lines = this.marked();
    if (!s || lines.length === 0) return;
    const number = (line: Line) => (s.side === 'old' ? line.old : line.now) ?? 0;
    this.edit({ id: newId(), path: this.change.path, side: s.side, from: number(lines[0]!), to: number(lines.at(-1)!), lines: lines.map((l) => l.text.slice(0, LONGEST)), text: '' });
  }

  private edit(comment: Comment): void {
    this.writing = comment;
    void this.updateComplete.then(() => this.querySelector('textarea')?.focus());
  }

  private bar() {
    const c = this.writing;
    if (c) return html`<form class="cv-commenting" @submit=${(e: Event) => { e.preventDefault(); this.done(); }} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') this.done(); if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) this.done(); }}>
      <label>Comment on ${place(c)}<textarea class="cv-input" rows="2" .value=${c.text} @input=${(e: Event) => this.typed(c, (e.target as HTMLTextAreaElement).value)}></textarea></label>
      <div class="cv-buttons"><button type="button" class="cv-button cv-danger" @click=${() => this.drop(c)}>Delete</button>
        <button type="submit" class="cv-button cv-primary">Keep comment</button></div></form>`;
    const lines = this.marked();
    if (lines.length === 0) return nothing;
    const hunk = this.hunk(lines);
    return html`<div class="cv-selected"><span>${lines.length === 1 ? 'Tap another line for a range' : `${lines.length} lines`}</span>
      <button type="button" class="cv-text-button" @click=${() => (this.selection = null)}>Clear</button>
      ${hunk ? html`<button type="button" class="cv-button cv-soft" @click=${() => this.restoreHunk(hunk)}>Restore change</button>` : nothing}
      <button type="button" class="cv-button cv-primary" @click=${() => this.comment()}>Comment</button></div>`;
  }

  /** Kept at every stroke: a reload loses nothing. */
  private typed(comment: Comment, text: string): void {
    this.writing = { ...comment, text };
    this.dispatchEvent(text.trim() === '' ? new CustomEvent('uncomment', { detail: comment.id }) : new CustomEvent('comment', { detail: this.writing }));
  }

  private done(): void {
    this.writing = null;
    this.selection = null;
    this.querySelector<HTMLElement>('.cv-rows')?.focus();
  }

  private drop(comment: Comment): void {
    this.dispatchEvent(new CustomEvent('uncomment', { detail: comment.id }));
    this.done();
  }

  private open(key: number): void {
    this.opened.add(key);
    if (this.whole) return this.layOut();
    this.whole = true;
    void this.load();
  }
}
define('cv-file-diff', CvFileDiff);

/** Numbers and sign before a line, in pixels: as in the style sheet. */
const GUTTER = 60;

const cut = (text: string): string => (text.length > LONGEST ? text.slice(0, LONGEST) : text);

/** Tabs as spaces: then a line's width is the number of its letters. */
function expand(text: string): string {
  if (!text.includes('\t')) return text;
  let out = '';
  for (const letter of text) out += letter === '\t' ? ' '.repeat(4 - (out.length % 4)) : letter;
  return out;
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\ud83c-\ud83e][\udc00-\udfff]/g;
const width = (text: string): number => {
  const plain = expand(text);
  return plain.length + (/[\u1100-\uffff]/.test(plain) ? (plain.match(WIDE)?.length ?? 0) : 0);
};

function hunkWords(h: Hunk): string {
  const lines = (from: number, n: number) => (n === 1 ? `line ${from}` : `lines ${from} to ${from + n - 1}`);
  return h.newLines === 0 ? `${lines(h.oldLine, h.oldLines)}, which went` : lines(h.newLine, h.newLines);
}

function sizes(change: FileChange): string {
  if (change.oldSize === null) return `new, ${bytes(change.size ?? 0)}`;
  if (change.size === null) return `deleted, it had ${bytes(change.oldSize)}`;
  return change.oldSize === change.size ? `still ${bytes(change.size)}` : `${bytes(change.oldSize)} became ${bytes(change.size)}`;
}
