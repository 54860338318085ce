import { html, nothing } from 'lit';
import { connection } from '../live/connection.ts';
import { define, Light } from './base.ts';

/**
 * Whether the server is heard: `Online`, or `Offline, trying again`. A page may have several, for its different widths: only the
 * first that is visible speaks, because a state that is read twice is noise.
 */
export class CvStatus extends Light {
  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(connection, 'state');
    this.follow(window, 'resize');
    this.tick(1000);
    connection.start();
  }

  private get second(): boolean {
    for (const other of document.querySelectorAll<HTMLElement>('cv-status')) {
      if (other === this) return false;
      if (other.firstElementChild && other.offsetParent !== null) return true;
    }
    return false;
  }

  protected override render() {
    if (this.second) return nothing;
    const state = connection.state;
    const words = state === 'online' ? 'Online' : state === 'offline' ? 'Offline, trying again' : 'Connecting';
    return html`<div class="cv-status" role="status" aria-label="Connection" data-state=${state}>
      <span class="cv-dot" data-tone=${state === 'online' ? 'good' : state === 'offline' ? 'wait' : 'off'}></span><span class="cv-status-text">${words}</span></div>`;
  }
}
define('cv-status', CvStatus);
