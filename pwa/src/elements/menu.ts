import { html, nothing } from 'lit';
import { define, Light } from './base.ts';

export interface MenuItem {
  label: string;
  checked?: boolean;
  bad?: boolean;
  run: () => void;
}

/** A button with a menu below it. */
export class CvMenu extends Light {
  static override properties = { items: { attribute: false }, name: {}, face: { attribute: false }, plain: { type: Boolean }, up: { type: Boolean }, start: { type: Boolean }, free: { type: Boolean }, open: { state: true } };
  /** or a function that is asked when it opens */
  declare items: MenuItem[] | (() => MenuItem[]);
  /** the button's accessible name; empty: its face says it */
  declare name: string;
  declare face: unknown;
  declare plain: boolean;
  declare up: boolean;
  /** opens towards the line's end */
  declare start: boolean;
  /** has no button of its own: opened by {@link openAt} */
  declare free: boolean;
  declare open: boolean;
  private anchor: HTMLElement | null = null;

  constructor() {
    super();
    this.items = [];
    this.name = '';
    this.face = nothing;
    this.plain = false;
    this.up = false;
    this.start = false;
    this.free = false;
    this.open = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(window, 'resize', () => this.shut());
    this.follow(document, 'pointerdown', ((e: Event) => {
      if (this.open && !e.composedPath().includes(this) && !(this.anchor && e.composedPath().includes(this.anchor))) this.open = false;
    }) as () => void);
  }

  protected override render() {
    return html`${this.free ? nothing : html`<button type="button" class=${this.plain ? 'cv-menu-text' : 'cv-icon-button'} aria-haspopup="menu" aria-expanded=${this.open}
        aria-label=${this.name || nothing} @click=${this.toggle}>${this.face}</button>`}
      ${this.open ? html`<div class="cv-menu" role="menu" popover="manual" @keydown=${this.key}>
        ${this.list.map((item) => html`<button type="button" class=${item.bad ? 'cv-bad' : ''} role=${item.checked === undefined ? 'menuitem' : 'menuitemradio'}
          aria-checked=${item.checked ?? nothing} @click=${() => { this.shut(true); item.run(); }}>${item.label}</button>`)}</div>` : nothing}`;
  }

  private get list(): MenuItem[] {
    return typeof this.items === 'function' ? this.items() : this.items;
  }

  /** Opens at a button of somebody else's, or closes when it is open there. */
  openAt(anchor: HTMLElement, items: MenuItem[]): void {
    if (this.open && this.anchor === anchor) return this.shut(true);
    this.anchor = anchor;
    this.items = items;
    this.open = false;
    void this.toggle();
  }

  private readonly toggle = async () => {
    this.open = !this.open;
    await this.updateComplete;
    if (this.open) this.place();
    if (this.open) this.querySelector<HTMLElement>('[aria-checked=true], [role^=menuitem]')?.focus();
  };

  /** Below the button, or above it where there is no room; never over the edge. */
  private place(): void {
    const menu = this.querySelector<HTMLElement>('.cv-menu')!;
    menu.showPopover?.();
    const button = (this.anchor ?? this.querySelector('[aria-haspopup]')!).getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const below = !this.up && button.bottom + 4 + height < window.innerHeight - 8;
    const left = this.start ? button.left : button.right - width;
    menu.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
    menu.style.top = `${Math.max(8, below ? button.bottom + 4 : button.top - 4 - height)}px`;
  }

  private shut(focus = false): void {
    this.open = false;
    if (!focus) return;
    const back = this.anchor && this.anchor.tabIndex < 0 ? this.anchor.closest<HTMLElement>('[tabindex="0"]') : this.anchor;
    (back ?? this.querySelector<HTMLElement>('[aria-haspopup]'))?.focus();
  }

  private readonly key = (event: KeyboardEvent) => {
    const all = [...this.querySelectorAll<HTMLElement>('[role^=menuitem]')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') {
      this.shut(true);
    } else if (event.key === 'Tab') return this.shut();
    else if (event.key === 'Home') all[0]?.focus();
    else if (event.key === 'End') all.at(-1)?.focus();
    else if (event.key === 'ArrowDown') all[(at + 1) % all.length]?.focus();
    else if (event.key === 'ArrowUp') all[(at - 1 + all.length) % all.length]?.focus();
    else return;
    event.preventDefault();
  };
}
define('cv-menu', CvMenu);
