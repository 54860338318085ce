import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../icons.ts';
import type { Item } from '../journal/view.ts';
import { define, Light } from './base.ts';
import type { CvItem } from './item.ts';
import './item.ts';

const SHOWN = 150;
const STEP = 60;
const NEAR_END = 48;
/** A scroll counts as the reader's while a hand was on the log within this time; the momentum after it counts too. */
const HAND_MS = 250;
/** So many entries are shown before one that the reader is led to. */
const AROUND = 40;
const SETTLES_MS = 2000;
const SHOWN_MS = 2600;
const TOP_GAP = 12;

/**
 * The conversation's log: shows a window of its items, follows the end unless somebody scrolled away, and keeps what is read in
 * its place when something comes above or below. Live text would flood a screen reader: cv-conversation says what matters of it. Events: `older`, `newer`: the reader is
 * at the beginning or at the end of what is loaded; `end`: the reader wants the end, and it is not loaded.
 */
export class CvLog extends Light {
  static override properties = {
    items: { attribute: false }, tail: { attribute: false }, head: { attribute: false }, agent: {}, conversationId: { attribute: false },
    hasOlder: { attribute: false }, hasNewer: { attribute: false }, away: { state: true }, atEnd: { state: true },
  };
  declare items: Item[];
  /** what stands behind the items: progress, waiting messages, what the agent does */
  declare tail: unknown;
  declare head: unknown;
  declare agent: string;
  declare conversationId: string;
  declare hasOlder: boolean;
  /** the items are not those of the end */
  declare hasNewer: boolean;
  declare away: boolean;
  /** the newest is in sight; also of who was led there and is kept in place */
  declare atEnd: boolean;
  private shown = SHOWN;
  /** the last entry that was on the screen before the reader left the end */
  private seen = '';
  private box: HTMLElement | null = null;
  private anchor: { element: Element; top: number } | null = null;
  private observer = new ResizeObserver(() => (this.away ? this.hold() : this.toEnd()));
  /** the entry that the reader was led to, kept where it is while what is around it takes its size */
  private led: { key: string; element: CvItem | null; until: number } | null = null;
  private last = '';
  private lastTop = 0;
  private lastSize = '';
  private handAt = -1e9;

  constructor() {
    super();
    this.items = [];
    this.tail = nothing;
    this.head = nothing;
    this.agent = 'Agent';
    this.hasOlder = false;
    this.hasNewer = false;
    this.away = false;
    this.atEnd = true;
  }

  protected override render() {
    const from = Math.max(0, this.items.length - this.shown);
    const items = this.items.slice(from);
    const fresh = this.away && !this.hasNewer ? this.items.length - 1 - this.items.findLastIndex((item) => item.key === this.seen) : 0;
    return html`<div class="cv-log" role="log" aria-live="off" aria-label="Conversation" tabindex="0" @scroll=${this.scrolled}
        @wheel=${this.hand} @touchmove=${this.hand} @pointerdown=${this.hand} @keydown=${this.hand}>
        <div class="cv-log-in">
          ${from > 0 || this.hasOlder ? html`<div class="cv-older">Loading earlier messages…</div>` : this.head}
          ${repeat(items, (item) => item.key, (item) => html`<cv-item .item=${item} .agent=${this.agent} .conversationId=${this.conversationId}></cv-item>`)}
          ${this.tail}
        </div>
      </div>
      ${this.away && !this.atEnd ? html`<button type="button" class="cv-to-end" @click=${this.jump}>${icon('down')}${fresh > 0 ? `${fresh} new` : 'To the end'}</button>` : nothing}`;
  }

  protected override willUpdate(): void {
    if (!this.away) this.seen = this.items.at(-1)?.key ?? '';
    if (this.away) {
      // While somebody reads, the window grows with what comes, so that nothing leaves above.
      const lastKey = this.last;
      const at = lastKey ? this.items.findLastIndex((i) => i.key === lastKey) : -1;
      if (at >= 0) this.shown += this.items.length - 1 - at;
      this.remember();
    } else if (this.shown > SHOWN) this.shown = SHOWN;
    this.last = this.items.at(-1)?.key ?? '';
  }

  protected override updated(): void {
    if (!this.box) {
      this.box = this.querySelector('.cv-log');
      this.observer.observe(this.box!);
      this.observer.observe(this.box!.firstElementChild!);
    }
    if (!this.away) this.toEnd();
    else if (this.led) this.arrive();
    else this.restore();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.box = null;
  }

  /** Somebody sent something: they want to see it. */
  readonly jump = (): void => {
    this.away = false;
    this.led = null;
    if (this.hasNewer) this.dispatchEvent(new CustomEvent('end'));
    this.requestUpdate();
  };

  /** Leads the reader to an entry, which is shown for a moment. */
  reveal(key: string): void {
    const at = this.items.findIndex((item) => item.key === key);
    if (at < 0) return;
    this.away = true;
    this.anchor = null;
    this.shown = Math.max(this.shown, this.items.length - at + AROUND);
    this.led = { key, element: null, until: performance.now() + SETTLES_MS };
    this.requestUpdate();
  }

  private arrive(): void {
    const { led } = this;
    if (!led || led.element) return this.hold();
    const element = [...this.querySelectorAll('cv-item')].map((one) => one as CvItem).find((one) => one.item.key === led.key);
    if (!element) return;
    led.element = element;
    element.unfold();
    element.tabIndex = -1;
    element.classList.add('cv-arrived');
    this.hold();
    element.focus({ preventScroll: true });
    setTimeout(() => element.classList.remove('cv-arrived'), SHOWN_MS);
    setTimeout(() => {
      if (this.led === led) this.led = null;
      this.scrolled();
    }, SETTLES_MS);
  }

  private hold(): void {
    const { box, led } = this;
    if (!box || !led?.element) return;
    if (performance.now() > led.until || !led.element.isConnected) {
      this.led = null;
      return;
    }
    const rect = led.element.getBoundingClientRect();
    const top = Math.max(TOP_GAP, (box.clientHeight - rect.height) / 3);
    box.scrollTop += rect.top - box.getBoundingClientRect().top - top;
    this.measure(box);
  }

  private measure(box: Element): void {
    this.atEnd = !this.hasNewer && box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR_END;
  }

  private toEnd(): void {
    if (this.box && !this.hasNewer) this.box.scrollTop = this.box.scrollHeight;
  }

  private readonly hand = (): void => {
    this.led = null;
    this.handAt = performance.now();
  };

  private readonly scrolled = (): void => {
    const box = this.box;
    if (!box) return;
    const up = box.scrollTop < this.lastTop - 1;
    this.lastTop = box.scrollTop;
    // The browser moves the log too, when it becomes shorter or a card beside it comes and goes: that is no reader's wish.
    const size = `${box.scrollHeight} ${box.clientHeight}`;
    const hand = performance.now() - this.handAt < HAND_MS;
    if (hand) this.hand();
    if (this.hasNewer && box.scrollHeight - box.scrollTop - box.clientHeight < 400) this.dispatchEvent(new CustomEvent('newer'));
    const wish = hand || size === this.lastSize;
    this.lastSize = size;
    this.measure(box);
    const away = this.led !== null || !this.atEnd;
    if (away && !this.away && !(up && wish)) this.toEnd();
    else if (away !== this.away) this.away = away;
    if (box.scrollTop < 400) {
      if (this.shown < this.items.length) {
        this.remember();
        this.shown += STEP;
        this.requestUpdate();
      } else if (this.hasOlder) {
        this.dispatchEvent(new CustomEvent('older'));
        this.shown += 200;
      }
    }
  };

  /** Which entry is at the top now, and where. */
  private remember(): void {
    const box = this.box;
    if (!box) return;
    const top = box.getBoundingClientRect().top;
    for (const element of box.querySelectorAll('cv-item')) {
      const rect = element.getBoundingClientRect();
      if (rect.bottom > top && rect.height > 0) {
        this.anchor = { element, top: rect.top };
        return;
      }
    }
  }

  private restore(): void {
    const { box, anchor } = this;
    if (!box || !anchor?.element.isConnected) return;
    const moved = anchor.element.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) > 1) box.scrollTop += moved;
    this.anchor = null;
  }
}
define('cv-log', CvLog);
