// Made by dev/pick-icons.mjs from Lucide, ISC licence: see NOTICE.md.
import { html, svg } from 'lit';
import type { TemplateResult } from 'lit';

const PATHS = {
  back: svg`<path d="m15 18-6-6 6-6"/>`,
  fold: svg`<path d="m9 18 6-6-6-6"/>`,
  more: svg`<circle cx="12" cy="12" r="1"/> <circle cx="19" cy="12" r="1"/> <circle cx="5" cy="12" r="1"/>`,
  check: svg`<path d="M20 6 9 17l-5-5"/>`,
  close: svg`<path d="M18 6 6 18"/> <path d="m6 6 12 12"/>`,
  warning: svg`<path d="m21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3"/> <path d="M12 9v4"/> <path d="M12 17h.01"/>`,
  copy: svg`<rect width="14" height="14" x="8" y="8" rx="2" ry="2"/> <path d="M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"/>`,
  stop: svg`<rect width="18" height="18" x="3" y="3" rx="2"/>`,
  send: svg`<path d="m5 12 7-7 7 7"/> <path d="M12 19V5"/>`,
  attach: svg`<path d="M5 12h14"/> <path d="M12 5v14"/>`,
  grip: svg`<circle cx="9" cy="12" r="1"/> <circle cx="9" cy="5" r="1"/> <circle cx="9" cy="19" r="1"/> <circle cx="15" cy="12" r="1"/> <circle cx="15" cy="5" r="1"/> <circle cx="15" cy="19" r="1"/>`,
  trash: svg`<path d="M10 11v6"/> <path d="M14 11v6"/> <path d="M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6"/> <path d="M3 6h18"/> <path d="M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2"/>`,
  play: svg`<path d="M5 5a2 2 0 0 1 3.008-1.728l11.997 6.998a2 2 0 0 1 .003 3.458l-12 7A2 2 0 0 1 5 19z"/>`,
  pause: svg`<rect x="14" y="3" width="5" height="18" rx="1"/> <rect x="5" y="3" width="5" height="18" rx="1"/>`,
  thinking: svg`<path d="M12 18V5"/> <path d="M15 13a4.17 4.17 0 01-3-4 4.17 4.17 0 01-3 4"/> <path d="M17.707 6.294A3 3 0 1012 5a3 3 0 10-5.707 1.294"/> <path d="M17.996 5.125a4 4 0 012.526 5.77"/> <path d="M18 18a4 4 0 002-7.465"/> <path d="M19.967 17.482a4 4 0 11-7.967.517 4 4 0 11-7.967-.517"/> <path d="M6 18a4 4 0 01-2-7.465"/> <path d="M6.004 5.125a4 4 0 00-2.526 5.77"/>`,
  down: svg`<path d="M12 5v14"/> <path d="m19 12-7 7-7-7"/>`,
  circle: svg`<circle cx="12" cy="12" r="10"/>`,
  dot: svg`<circle cx="12" cy="12" r="1"/> <circle cx="12" cy="12" r="10"/>`,
  done: svg`<circle cx="12" cy="12" r="10"/> <path d="m16 9-5.5 5.5L8 12"/>`,
  retry: svg`<path d="M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8"/> <path d="M21 3v5h-5"/> <path d="M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16"/> <path d="M8 16H3v5"/>`,
  file: svg`<path d="m16 6-8.414 8.586a2 2 0 0 0 2.829 2.829l8.414-8.586a4 4 0 1 0-5.657-5.657l-8.379 8.551a6 6 0 1 0 8.485 8.485l8.379-8.551"/>`,
  inbox: svg`<polyline points="22 12 16 12 14 15 10 15 8 12 2 12"/> <path d="M5.45 5.11 2 12v6a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2v-6l-3.45-6.89A2 2 0 0 0 16.76 4H7.24a2 2 0 0 0-1.79 1.11z"/>`,
  plus: svg`<path d="M5 12h14"/> <path d="M12 5v14"/>`,
  menu: svg`<path d="m6 9 6 6 6-6"/>`,
  up: svg`<path d="m18 15-6-6-6 6"/>`,
  plan: svg`<path d="M13 5h8"/> <path d="M13 12h8"/> <path d="M13 19h8"/> <path d="m3 17 2 2 4-4"/> <rect x="3" y="4" width="6" height="6" rx="1"/>`,
  busy: svg`<path d="M21 12a9 9 0 1 1-6.219-8.56"/>`,
  external: svg`<path d="M15 3h6v6"/> <path d="M10 14 21 3"/> <path d="M18 13v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h6"/>`,
  branch: svg`<path d="M15 6a9 9 0 0 0-9 9V3"/> <circle cx="18" cy="6" r="3"/> <circle cx="6" cy="18" r="3"/>`,
  minus: svg`<path d="M5 12h14"/>`,
  folder: svg`<path d="M20 20a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-7.9a2 2 0 0 1-1.69-.9L9.6 3.9A2 2 0 0 0 7.93 3H4a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2Z"/>`,
  doc: svg`<path d="M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 20 8v12a2 2 0 0 1-2 2z"/> <path d="M14 2v5a1 1 0 0 0 1 1h5"/>`,
  search: svg`<path d="m21 21-4.34-4.34"/> <circle cx="11" cy="11" r="8"/>`,
};
export type IconName = keyof typeof PATHS;

/** A decoration: whatever it means is said in words or by the name of its button. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="cv-icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
