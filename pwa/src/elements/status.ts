import { html } from 'lit';
import { connection } from '../live/connection.ts';
import { define, Light } from './base.ts';

/** Whether the server is heard: `Online`, or `Offline, trying again`. */
export class CvStatus extends Light {
  static override properties = { quiet: { type: Boolean } };
  /** only a dot while all is well */
  declare quiet: boolean;

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(connection, 'state');
    connection.start();
  }

  protected override render() {
    const state = connection.state;
    const words = state === 'online' ? 'Online' : state === 'offline' ? 'Offline, trying again' : 'Connecting';
    return html`<div class="cv-status" role="status" aria-label="Connection" data-state=${state}>
      <span class="cv-dot" data-tone=${state === 'online' ? 'good' : state === 'offline' ? 'wait' : 'off'}></span><span class="cv-status-text">${words}</span></div>`;
  }
}
define('cv-status', CvStatus);

/** Whether another status than the one inside `of` is on the screen: two would be read twice. */
export function statusElsewhere(of: Element): boolean {
  return [...document.querySelectorAll('cv-status')].some((s) => !of.contains(s) && (s as HTMLElement).offsetParent !== null);
}
