import { html, nothing } from 'lit';
import { define, Light } from '../elements/base.ts';
import type { CvMenu, MenuItem } from '../elements/menu.ts';
import '../elements/menu.ts';
import { icon } from '../icons.ts';
import { bytes } from '../text/words.ts';
import type { Entry } from './api.ts';
import { parentOf, shown } from './paths.ts';
import { isFolder } from './tree.ts';
import type { EntryRow, Row, Tree } from './tree.ts';

const ROW = 44;
const AHEAD = 8;
const FIRST = 30;

/** The tree `Files`: only the rows in sight are in the page. Events: `open-file` with the path. */
export class CvFileRows extends Light {
  static override properties = { tree: { attribute: false }, current: { attribute: false }, menu: { attribute: false }, from: { state: true }, to: { state: true }, active: { state: true } };
  declare tree: Tree;
  /** path of the file that is shown beside it */
  declare current: string | null;
  /** what can be done with an entry; null: nothing now */
  declare menu: ((entry: Entry) => MenuItem[]) | null;
  declare from: number;
  declare to: number;
  /** path of the row that the keys are at */
  declare active: string | null;

  constructor() {
    super();
    this.current = null;
    this.menu = null;
    this.from = 0;
    this.to = FIRST;
    this.active = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.tree, 'change');
    this.follow(window, 'resize', () => this.see());
  }

  private get box(): HTMLElement | null {
    return this.querySelector('.cv-tree-rows');
  }

  protected override render() {
    const rows = this.tree.rows();
    const from = Math.max(0, Math.min(this.from, rows.length - FIRST));
    const to = Math.min(rows.length, Math.max(this.to, from + FIRST));
    const at = rows.findIndex((r) => r.kind === 'entry' && r.entry.path === this.active);
    return html`<div class="cv-tree-rows" role="tree" aria-label="Files" tabindex="0" aria-activedescendant=${at >= from && at < to ? `cv-row-${at}` : nothing}
        @scroll=${() => this.see()} @keydown=${this.key} @focus=${() => { if (at < 0) this.active = firstPath(rows); }}>
      <div role="none" style=${`height:${from * ROW}px`}></div>
      ${rows.slice(from, to).map((row, i) => this.row(row, from + i))}
      <div role="none" style=${`height:${(rows.length - to) * ROW}px`}></div></div><cv-menu free></cv-menu>`;
  }

  protected override updated(): void {
    this.see();
    const rows = this.tree.rows();
    for (const row of rows.slice(this.from, this.to)) if (row.kind === 'more') void this.tree.more(row.folder);
  }

  private see(): void {
    const { box } = this;
    if (!box) return;
    this.from = Math.max(0, Math.floor(box.scrollTop / ROW) - AHEAD);
    this.to = Math.ceil((box.scrollTop + box.clientHeight) / ROW) + AHEAD;
  }

  private row(row: Row, i: number) {
    const pad = `padding-left:${12 + Math.min(row.depth, 12) * 18}px`;
    const level = row.depth + 1;
    if (row.kind === 'words') return html`<div class="cv-entry cv-row-words" role="treeitem" aria-level=${level} aria-disabled="true" style=${pad}>${row.words}</div>`;
    if (row.kind === 'more') return html`<div class="cv-entry cv-row-words" role="treeitem" aria-level=${level} aria-disabled="true" style=${pad}>Loading ${row.left.toLocaleString('en')} more</div>`;
    const { entry: e } = row;
    const folder = isFolder(e);
    const name = shown(e.name);
    const about = e.link ? `to ${shown(e.link.to)}` : folder ? '' : bytes(e.size);
    return html`<div class="cv-entry" role="treeitem" id=${`cv-row-${i}`} style=${pad} aria-level=${level} aria-posinset=${row.place} aria-setsize=${row.of}
        aria-expanded=${folder ? this.tree.opened.has(e.path) : nothing} aria-selected=${e.path === this.current} aria-label=${folder && !e.link ? `${name}, folder` : `${name} ${about}`}
        ?data-ignored=${e.ignored === true} ?data-active=${e.path === this.active} @click=${() => this.choose(row)}>
      ${folder ? icon('fold') : html`<span class="cv-no-fold"></span>`}${icon(folder ? 'folder' : 'doc')}<span class="cv-entry-name">${name}</span>
      ${about ? html`<small>${about}</small>` : nothing}
      ${this.menu ? html`<button type="button" class="cv-icon-button" tabindex="-1" aria-haspopup="menu" aria-label=${`More about ${name}`} @click=${(event: Event) => { event.stopPropagation(); this.more(event.currentTarget as HTMLElement, e); }}>${icon('more')}</button>` : html`<span class="cv-no-menu"></span>`}</div>`;
  }

  private more(button: HTMLElement, entry: Entry): void {
    if (this.menu) this.querySelector<CvMenu>('cv-menu')!.openAt(button, this.menu(entry));
  }

  private choose(row: EntryRow): void {
    this.active = row.entry.path;
    if (isFolder(row.entry)) this.tree.toggle(row.entry.path);
    else this.dispatchEvent(new CustomEvent('open-file', { detail: row.entry.path }));
  }

  private readonly key = (event: KeyboardEvent) => {
    if (event.target !== this.box || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = this.tree.rows();
    const at = Math.max(0, rows.findIndex((r) => r.kind === 'entry' && r.entry.path === this.active));
    const row = rows[at];
    if (row?.kind !== 'entry') return;
    const { entry } = row;
    const folder = isFolder(entry);
    const open = folder && this.tree.opened.has(entry.path);
    const page = Math.max(1, Math.floor((this.box?.clientHeight ?? 0) / ROW) - 1);
    const step: Record<string, () => void> = {
      ArrowDown: () => this.go(rows, at + 1, 1),
      ArrowUp: () => this.go(rows, at - 1, -1),
      PageDown: () => this.go(rows, at + page, 1),
      PageUp: () => this.go(rows, at - page, -1),
      Home: () => this.go(rows, 0, 1),
      End: () => this.go(rows, rows.length - 1, -1),
      ArrowRight: () => (folder && !open ? this.tree.toggle(entry.path) : open ? this.go(rows, at + 1, 1) : undefined),
      ArrowLeft: () => (open ? this.tree.toggle(entry.path) : this.go(rows, rows.findIndex((r) => r.kind === 'entry' && r.entry.path === parentOf(entry.path)), 1)),
      Enter: () => this.choose(row),
      ' ': () => this.choose(row),
      ContextMenu: () => this.querySelector<HTMLElement>(`#cv-row-${at} button`)?.click(),
      F10: () => event.shiftKey && this.querySelector<HTMLElement>(`#cv-row-${at} button`)?.click(),
    };
    const found = step[event.key];
    if (found) {
      event.preventDefault();
      found();
    } else if (/^[^\s]$/.test(event.key)) {
      const starts = (r: Row) => r.kind === 'entry' && r.entry.name.toLowerCase().startsWith(event.key.toLowerCase());
      const next = rows.findIndex((r, i) => i > at && starts(r));
      this.go(rows, next >= 0 ? next : rows.findIndex(starts), 1);
    }
  };

  /** To a row, or the next one behind it that is a file or folder. */
  private go(rows: Row[], to: number, step: 1 | -1): void {
    let i = Math.max(0, Math.min(rows.length - 1, to));
    while (rows[i] && rows[i]!.kind !== 'entry') i += step;
    const row = rows[i];
    if (to < 0 && step > 0) return;
    if (row?.kind !== 'entry') return;
    this.active = row.entry.path;
    this.reveal(i);
  }

  private reveal(i: number): void {
    const { box } = this;
    if (!box) return;
    if (i * ROW < box.scrollTop) box.scrollTop = i * ROW;
    else if ((i + 1) * ROW > box.scrollTop + box.clientHeight) box.scrollTop = (i + 1) * ROW - box.clientHeight;
  }

  /** Brings the row of a path into sight, when it is listed. */
  show(path: string): void {
    const i = this.tree.rows().findIndex((r) => r.kind === 'entry' && r.entry.path === path);
    if (i < 0) return;
    this.active = path;
    this.reveal(i);
  }
}
define('cv-file-rows', CvFileRows);

const firstPath = (rows: Row[]): string | null => rows.find((r) => r.kind === 'entry')?.entry.path ?? null;
