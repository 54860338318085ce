// Draws static/icons/*.png out of icon.svg with a Chromium: CHROMIUM=/usr/bin/chromium node dev/icons.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const icons = fileURLToPath(new URL('../static/icons/', import.meta.url));
const svg = readFileSync(join(icons, 'icon.svg'), 'utf8');
const square = svg.replace(/ rx="\d+"/, '');
// Launchers cut a maskable icon to a circle: only the inner 80 % are sure to be seen.
const maskable = square.replace('<g ', '<g transform="translate(256 256) scale(.78) translate(-256 -256)" ');
const dir = mkdtempSync(join(tmpdir(), 'icons-'));
for (const [name, source, size] of [['icon-192', svg, 192], ['icon-512', svg, 512], ['maskable-512', maskable, 512], ['apple-touch-icon', square, 180]]) {
  const page = join(dir, `${name}.html`);
  writeFileSync(page, `<!doctype html><style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${source}`);
  execFileSync(process.env.CHROMIUM ?? 'chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--hide-scrollbars', '--default-background-color=00000000',
    `--user-data-dir=${dir}/profile`, `--window-size=${size},${size}`, `--screenshot=${join(icons, `${name}.png`)}`, `file://${page}`], { stdio: 'ignore' });
}
