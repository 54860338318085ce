import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { FileDiff } from '../wire.ts';

const LINES = 200;

/** A unified diff, one line a row; a long one is cut until somebody asks. */
export function diffView(diff: FileDiff, all: boolean, showAll: () => void): TemplateResult {
  const lines = diff.unified.split('\n');
  const shown = all ? lines : lines.slice(0, LINES);
  return html`<div class="cv-diff">
    <div class="cv-diff-file"><span>${diff.path}</span>${counts(diff.added, diff.removed)}</div>
    <div class="cv-diff-lines" tabindex="0" role="region" aria-label=${`Changes of ${diff.path}`}>${shown.map(row)}</div>
    ${lines.length > shown.length
      ? html`<button type="button" class="cv-quiet" @click=${showAll}>Show all ${lines.length} lines</button>` : ''}
  </div>`;
}

export function counts(added: number, removed: number): TemplateResult {
  return html`<em class="cv-counts"><span class="cv-good">+${added}</span> <span class="cv-bad">−${removed}</span></em>`;
}

function row(line: string): TemplateResult {
  const kind = line.startsWith('@@') ? 'hunk' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : 'same';
  return html`<div class=${kind}>${line === '' ? ' ' : line}</div>`;
}

/** What an edit replaces, as a diff: for an approval, where nothing has happened yet. */
export function editDiff(path: string, before: string, after: string): FileDiff {
  const a = before === '' ? [] : before.split('\n');
  const b = after === '' ? [] : after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const removed = a.slice(head, a.length - tail);
  const added = b.slice(head, b.length - tail);
  const lines = [
    ...a.slice(0, head).map((l) => ` ${l}`), ...removed.map((l) => `-${l}`), ...added.map((l) => `+${l}`),
    ...a.slice(a.length - tail).map((l) => ` ${l}`),
  ];
  return { path, added: added.length, removed: removed.length, unified: lines.join('\n') };
}
