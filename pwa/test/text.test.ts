import assert from 'node:assert/strict';
import { test } from 'node:test';
import createDOMPurify from 'dompurify';
import { JSDOM } from 'jsdom';
import { plainText, bounded } from '../src/text/ansi.ts';
import { blockHtml, blocks, SANITIZE } from '../src/text/markdown.ts';
import { asOf, duration, ordinal, stateWords } from '../src/text/words.ts';
import { highlighted } from '../src/text/highlight.ts';

const { window } = new JSDOM('<!doctype html><body></body>');
const purify = createDOMPurify(window as unknown as Parameters<typeof createDOMPurify>[0]);

function rendered(markdown: string): HTMLElement {
  const box = window.document.createElement('div');
  box.innerHTML = blocks(markdown).map((b) => purify.sanitize(blockHtml(b), SANITIZE)).join('');
  return box;
}

const HOSTILE = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg/onload=alert(1)>', '<iframe src="javascript:alert(1)"></iframe>',
  '[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](java\nscript:alert(1))', '[x](&#106;avascript:alert(1))', '[x](\u0001javascript:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)', '[x](vbscript:x)', '[x](<javascript:alert(1)>)', '<a href="javascript:alert(1)">x</a>',
  '![x](https://evil.example/pixel.png)', '![x](javascript:alert(1))', '![x" onerror="alert(1)](y)', '[a]: javascript:alert(1)\n\n[a]', '<javascript:alert(1)>',
  '`<script>alert(1)</script>`', '```html" onmouseover="alert(1)\n<script>alert(1)</script>\n```', '<style>*{display:none}</style>', '<form action=//evil><input></form>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>', '<details open ontoggle=alert(1)>', '[x](https://ok.example" onclick="alert(1))', '| <img src=x onerror=alert(1)> |\n|---|\n| <script>x</script> |',
  '<div style="position:fixed;inset:0">cover</div>', '<base href="//evil">', '<meta http-equiv=refresh content=0>', '[x](//evil.example)', '[x](/logout)',
];

for (const markdown of HOSTILE) {
  test(`what an agent prints is only text: ${JSON.stringify(markdown).slice(0, 60)}`, () => {
    const box = rendered(markdown);
    for (const element of box.querySelectorAll('*')) {
      assert.match(element.localName, /^(a|b|strong|em|i|del|code|pre|p|br|hr|ul|ol|li|blockquote|h[1-6]|table|thead|tbody|tr|th|td|div|span)$/);
      for (const { name, value } of element.attributes) {
        assert.match(name, /^(href|target|rel|data-lang|class|start|tabindex)$/);
        if (name === 'href') assert.match(value, /^(https?|mailto):/i);
      }
      if (element.localName === 'a') assert.deepEqual([element.getAttribute('target'), element.getAttribute('rel')], ['_blank', 'noopener noreferrer']);
    }
  });
}

test('raw HTML is shown, not swallowed', () => {
  assert.match(rendered('before <script>alert(1)</script> after').textContent ?? '', /<script>alert\(1\)<\/script>/);
});

test('ordinary Markdown keeps its meaning', () => {
  const box = rendered('# T\n\n**b** `c` [l](https://example.org)\n\n- [x] one\n- two\n\n|a|b|\n|-|-|\n|1|2|\n\n```ts\nconst a = 1 < 2;\n```');
  assert.equal(box.querySelector('h1')?.textContent, 'T');
  assert.equal(box.querySelector('a')?.getAttribute('href'), 'https://example.org');
  assert.equal(box.querySelectorAll('td').length, 2);
  assert.equal(box.querySelector('pre')?.getAttribute('data-lang'), 'ts');
  assert.equal(box.querySelector('pre')?.textContent, 'const a = 1 < 2;');
});

test('blocks say where they begin, so that a growing text is rendered from there', () => {
  const source = 'one\n\n- a\n- b\n\n```\nx\n```\n\nlast';
  for (const block of blocks(source)) assert.equal(source.slice(block.start, block.start + block.raw.length), block.raw);
});

test('a terminal\'s output becomes plain text', () => {
  assert.equal(plainText('\u001b[31mred\u001b[0m \u001b]0;title\u0007ok'), 'red ok');
  assert.equal(plainText('10%\r50%\r100%\ndone\r\n'), '100%\ndone\n');
  assert.equal(plainText('\u001b]8;;https://evil\u001b\\link\u001b]8;;\u001b\\'), 'link');
  assert.equal(plainText('a\u0000b\u0007c\u009b2Jd'), 'abcd');
  assert.equal(plainText('\u001b[2J\u001b[Hscreen'), 'screen');
});

test('a huge output is bounded in the middle', () => {
  const { text, cut } = bounded('x'.repeat(10_000_000), 4000);
  assert.equal(cut, true);
  assert.ok(text.length < 4100);
});

test('code is highlighted as spans, and only code of known languages', () => {
  assert.match(highlighted('const a = "<b>";', 'ts') ?? '', /<span class="hljs-string">&quot;&lt;b&gt;&quot;<\/span>/);
  assert.equal(highlighted('x', 'no-such-language'), null);
});

test('states and times are words', () => {
  assert.equal(stateWords('queued', 1), 'in the queue, first');
  assert.deepEqual([2, 3, 4, 11, 12, 13, 21, 22, 101].map(ordinal), ['2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '101st']);
  assert.deepEqual([120, 1234, 65_000, 3_720_000].map(duration), ['0.1 s', '1.2 s', '1 min 5 s', '1 h 2 min']);
  assert.match(asOf(Date.UTC(2026, 0, 1, 14, 2), Date.UTC(2026, 0, 1, 14, 5)), /^as of .*02.*, 3 minutes ago$/);
});
