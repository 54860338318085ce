// Picks the few icons that are used out of Lucide (ISC licence) into src/icons.ts. Run by hand: node dev/pick-icons.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const NAMES = {
  back: 'chevron-left', fold: 'chevron-right', more: 'ellipsis', check: 'check', close: 'x', warning: 'triangle-alert', copy: 'copy',
  stop: 'square', send: 'arrow-up', attach: 'plus', grip: 'grip-vertical', trash: 'trash-2', play: 'play', pause: 'pause', thinking: 'brain',
  down: 'arrow-down', circle: 'circle', dot: 'circle-dot', done: 'circle-check', retry: 'refresh-cw', file: 'paperclip', inbox: 'inbox',
  plus: 'plus', menu: 'chevron-down', up: 'chevron-up', plan: 'list-todo', busy: 'loader-circle', external: 'external-link', branch: 'git-branch', minus: 'minus', folder: 'folder', doc: 'file', search: 'search',
};
const body = Object.entries(NAMES).map(([name, file]) => {
  const svg = readFileSync(new URL(`../node_modules/lucide-static/icons/${file}.svg`, import.meta.url), 'utf8');
  const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').replace(/\s+/g, ' ').replace(/ \/>/g, '/>').trim();
  return `  ${name}: svg\`${inner}\`,`;
}).join('\n');
writeFileSync(new URL('../src/icons.ts', import.meta.url), `// Made by dev/pick-icons.mjs from Lucide, ISC licence: see NOTICE.md.
import { html, svg } from 'lit';
import type { TemplateResult } from 'lit';

const PATHS = {
${body}
};
export type IconName = keyof typeof PATHS;

/** A decoration: whatever it means is said in words or by the name of its button. */
export function icon(name: IconName): TemplateResult {
  return html\`<svg class="cv-icon" viewBox="0 0 24 24" aria-hidden="true">\${PATHS[name]}</svg>\`;
}
`);
