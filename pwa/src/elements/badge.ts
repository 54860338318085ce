import { html, nothing } from 'lit';
import { connection } from '../live/connection.ts';
import { settle } from '../push/settle.ts';
import { define, Light } from './base.ts';

/** How many things need a person: in the page's title, on the app's icon, and, with the attribute `shown`, where it stands. */
export class CvBadge extends Light {
  static override properties = { shown: { type: Boolean } };
  declare shown: boolean;
  private observer: MutationObserver | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    connection.start();
    this.follow(connection, 'overview');
    // The router sets the title anew with each view.
    this.observer = new MutationObserver(() => this.title_());
    this.observer.observe(document.head, { subtree: true, childList: true, characterData: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
  }

  private get count(): number {
    const o = connection.overview;
    return o.approvals.length + o.questions.length + o.failures.length;
  }

  protected override render() {
    return this.shown && this.count > 0 ? html`<span class="cv-badge" aria-label=${`${this.count} need you`}>${this.count}</span>` : nothing;
  }

  protected override updated(): void {
    this.title_();
    const nav = navigator as Navigator & { setAppBadge?(n: number): Promise<void>; clearAppBadge?(): Promise<void> };
    void settle(connection.overview);
    void (this.count > 0 ? nav.setAppBadge?.(this.count) : nav.clearAppBadge?.())?.catch(() => undefined);
  }

  private title_(): void {
    const bare = document.title.replace(/^\(\d+\) /, '');
    const wanted = this.count > 0 ? `(${this.count}) ${bare}` : bare;
    if (document.title !== wanted) document.title = wanted;
  }
}
define('cv-badge', CvBadge);
