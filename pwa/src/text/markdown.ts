import { Marked } from 'marked';
import type { Token, Tokens } from 'marked';

/**
 * The agent's Markdown as HTML. Everything an agent prints is untrusted: raw HTML shows as text, links have known
 * schemes and open outside, images are not loaded. The result still goes through DOMPurify before it reaches the page.
 */
const LINKS = /^(https?:|mailto:)/i;

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}

function safeHref(href: string): string | null {
  // Control characters and spaces inside a scheme are dropped by browsers: so drop them before looking.
  const clean = href.replace(/[\u0000-\u0020\u007f-\u009f\u200b-\u200f\u2028\u2029\ufeff]/g, '');
  return LINKS.test(clean) ? clean : null;
}

const marked = new Marked({ gfm: true, breaks: false, async: false });
marked.use({
  renderer: {
    html({ text }: Tokens.HTML | Tokens.Tag) {
      return escapeHtml(text);
    },
    link(this: { parser: { parseInline(tokens: Token[]): string } }, { href, tokens }: Tokens.Link) {
      const safe = safeHref(href);
      const inner = this.parser.parseInline(tokens);
      return safe ? `<a href="${escapeHtml(safe)}" target="_blank" rel="noopener noreferrer">${inner}</a>` : `<span>${inner}</span>`;
    },
    image({ href, text }: Tokens.Image) {
      const safe = safeHref(href);
      const label = `Image: ${escapeHtml(text || href)}`;
      return safe ? `<a href="${escapeHtml(safe)}" target="_blank" rel="noopener noreferrer">${label}</a>` : `<span>${label}</span>`;
    },
    code({ text, lang }: Tokens.Code) {
      const language = (lang ?? '').match(/^[\w+#.-]{1,30}/)?.[0] ?? '';
      return `<pre data-lang="${escapeHtml(language)}"><code>${escapeHtml(text)}</code></pre>`;
    },
    table(token: Tokens.Table) {
      const cell = (tag: string, c: Tokens.TableCell) => `<${tag}>${marked.Parser.parseInline(c.tokens, marked.defaults)}</${tag}>`;
      const head = token.header.map((c) => cell('th', c)).join('');
      const rows = token.rows.map((row) => `<tr>${row.map((c) => cell('td', c)).join('')}</tr>`).join('');
      return `<div class="cv-table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
    },
    checkbox({ checked }: Tokens.Checkbox) {
      return checked ? '☑ ' : '☐ ';
    },
  },
});

/** One top-level block: its source and where that begins, so that an unchanged one is not rendered again. */
export interface Block {
  raw: string;
  start: number;
  tokens: Token[];
}

/** Cuts Markdown into top-level blocks. While a text grows, only the last of them changes. */
export function blocks(markdown: string): Block[] {
  const all = marked.lexer(markdown);
  const out: Block[] = [];
  let start = 0;
  for (const token of all) {
    if (token.type !== 'space' && token.type !== 'def') {
      const tokens = [token] as Token[] & { links?: unknown };
      tokens.links = all.links;
      out.push({ raw: token.raw, start, tokens });
    }
    start += token.raw.length;
  }
  return out;
}

export function blockHtml(block: Block): string {
  return marked.parser(block.tokens as Parameters<typeof marked.parser>[0]);
}

export const SANITIZE = {
  ALLOWED_TAGS: ['a', 'b', 'strong', 'em', 'i', 'del', 'code', 'pre', 'p', 'br', 'hr', 'ul', 'ol', 'li', 'blockquote',
    'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'div', 'span'],
  ALLOWED_ATTR: ['href', 'target', 'rel', 'data-lang', 'class', 'start', 'tabindex'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  // Not addresses, so the pattern above is not for them.
  ADD_URI_SAFE_ATTR: ['target', 'rel', 'data-lang', 'class', 'start', 'tabindex'],
  ALLOW_DATA_ATTR: false,
};
