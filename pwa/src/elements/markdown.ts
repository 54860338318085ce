import DOMPurify from 'dompurify';
import { blockHtml, blocks, SANITIZE } from '../text/markdown.ts';
import { copy, define } from './base.ts';

interface Shown {
  raw: string;
  start: number;
  node: HTMLElement;
}

/** Markdown that may still grow: only blocks that changed are rendered again, usually the last one. */
export class CvMarkdown extends HTMLElement {
  private source = '';
  private shown: Shown[] = [];
  private growing = false;

  set live(live: boolean) {
    this.growing = live;
    this.toggleAttribute('live', live);
    if (!live) this.finish();
  }

  set text(text: string) {
    const source = text.replace(/\r\n?/g, '\n');
    if (source === this.source) return;
    // The last two blocks may still change their meaning (a list goes on, a table begins); those before stand.
    const keep = source.startsWith(this.source) ? Math.max(0, this.shown.length - 2) : 0;
    const from = keep > 0 ? this.shown[keep]!.start : 0;
    this.source = source;
    const fresh = blocks(source.slice(from));
    fresh.forEach((block, i) => {
      const at = keep + i;
      const old = this.shown[at];
      if (old && old.raw === block.raw) {
        old.start = from + block.start;
        return;
      }
      const node = document.createElement('div');
      node.className = 'cv-block';
      node.append(DOMPurify.sanitize(blockHtml(block), { ...SANITIZE, RETURN_DOM_FRAGMENT: true }));
      if (old) old.node.replaceWith(node);
      else this.append(node);
      this.shown[at] = { raw: block.raw, start: from + block.start, node };
    });
    for (const extra of this.shown.splice(keep + fresh.length)) extra.node.remove();
    if (!this.growing) this.finish();
    else this.shown.slice(0, -1).forEach(({ node }) => decorate(node));
  }

  private finish(): void {
    for (const { node } of this.shown) decorate(node);
  }
}

function decorate(block: HTMLElement): void {
  for (const pre of block.querySelectorAll<HTMLElement>('pre:not([data-done])')) {
    pre.dataset.done = '';
    const lang = pre.dataset.lang ?? '';
    const code = pre.querySelector('code');
    const bar = document.createElement('div');
    bar.className = 'cv-code-bar';
    const label = document.createElement('span');
    label.textContent = lang;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', () => void copy(code?.textContent ?? '').then((ok) => {
      button.textContent = ok ? 'Copied' : 'Not allowed';
      setTimeout(() => (button.textContent = 'Copy'), 1500);
    }));
    bar.append(label, button);
    const box = document.createElement('div');
    box.className = 'cv-code';
    pre.replaceWith(box);
    box.append(bar, pre);
    if (lang && code) void highlight(code, lang);
  }
}

async function highlight(code: HTMLElement, lang: string): Promise<void> {
  const text = code.textContent ?? '';
  if (text.length > 50_000) return;
  try {
    const { highlighted } = await import('../text/highlight.ts');
    const html = highlighted(text, lang);
    if (html !== null) code.replaceChildren(DOMPurify.sanitize(html, { ALLOWED_TAGS: ['span'], ALLOWED_ATTR: ['class'], RETURN_DOM_FRAGMENT: true }));
  } catch {
    // Offline and not in the cache: plain code is readable too.
  }
}

define('cv-markdown', CvMarkdown);
