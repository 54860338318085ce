import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../src/files/api.ts';
import { difference, hunks, merged } from '../src/files/merge.ts';
import { escaped, mention, mentioned, shown } from '../src/files/paths.ts';
import { hexLines, table } from '../src/files/show.ts';
import { before, changed, rowsOf } from '../src/files/tree.ts';
import type { Folder, Row } from '../src/files/tree.ts';

const entry = (path: string, type: Entry['type'] = 'file'): Entry =>
  ({ name: path.slice(path.lastIndexOf('/') + 1), path, type, size: 1, modified: '', mode: '0644', link: null, ignored: false, readOnly: false });
const folder = (...entries: Entry[]): Folder => ({ entries, total: entries.length, problem: '' });
const words = (row: Row) => `${' '.repeat(row.depth)}${row.kind === 'entry' ? row.entry.name : row.kind === 'more' ? `+${row.left}` : row.words}`;

test('the tree is a list of rows: open folders with what is in them, and what is still to come', () => {
  const folders = new Map([['', { ...folder(entry('src', 'folder'), entry('a')), total: 5 }], ['src', folder(entry('src/x', 'folder'), entry('src/y'))], ['src/x', folder()]]);
  assert.deepEqual(rowsOf(folders, new Set(['', 'src', 'src/x'])).map(words), ['src', ' x', '  Empty', ' y', 'a', '+3']);
  assert.deepEqual(rowsOf(folders, new Set([''])).map(words), ['src', 'a', '+3']);
  assert.deepEqual(rowsOf(new Map(), new Set([''])).map(words), ['Loading']);
});

test('what the workspace says of names keeps the order and the sum', () => {
  const old = folder(entry('lib', 'folder'), entry('a'), entry('C'), entry('d'));
  const now = changed(old, { folder: '', entries: [entry('B'), entry('Abc', 'folder'), { ...entry('C'), size: 9 }], gone: ['d', 'never'], again: false });
  assert.deepEqual(now.entries.map((e) => `${e.name} ${e.size}`), ['Abc 1', 'lib 1', 'a 1', 'B 1', 'C 9']);
  assert.equal(now.total, 5);
  // Of a long folder the first part is known: what comes behind it is not put in its place.
  const part = changed({ ...old, total: 90 }, { folder: '', entries: [entry('zz')], gone: [], again: false });
  assert.deepEqual([part.entries.length, part.total], [4, 91]);
  // A file that became a folder moves to the folders.
  assert.deepEqual(changed(old, { folder: '', entries: [entry('d', 'folder')], gone: [], again: false }).entries.map((e) => e.name), ['d', 'lib', 'a', 'C']);
  assert.ok(before(entry('ä'), entry('é')) && before(entry('b'), entry('ä')) && before(entry('A'), entry('a')));
});

test('two who changed different places have both', () => {
  const base = 'a\nb\nc\nd\ne\nf';
  assert.deepEqual(merged(base, 'A\nb\nc\nd\ne\nf', 'a\nb\nc\nd\ne\nF\ng'), { text: 'A\nb\nc\nd\ne\nF\ng', conflicts: 0 });
  assert.deepEqual(merged(base, 'a\nb\nd\ne\nf', 'a\nb\nc\nd\nnew\ne\nf'), { text: 'a\nb\nd\nnew\ne\nf', conflicts: 0 });
  assert.deepEqual(merged(base, 'a\nX\nc\nd\ne\nf', 'a\nX\nc\nd\ne\nf'), { text: 'a\nX\nc\nd\ne\nf', conflicts: 0 });
});

test('two who changed the same place have both, between marks', () => {
  assert.deepEqual(merged('a\nb\nc', 'a\nmine\nc', 'a\ntheirs\nc'), { text: 'a\n<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\nc', conflicts: 1 });
  assert.equal(merged('', 'mine', 'theirs').conflicts, 1);
  assert.equal(merged('a\nb', 'a\nmine\nb', 'a\ntheirs\nb').conflicts, 1);
});

test('whatever two do to a text, no line of either is lost', () => {
  let seed = 7;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
  for (let round = 0; round < 400; round++) {
    const base = Array.from({ length: random(12) }, () => 'abc'[random(3)]!);
    const edit = (who: string) => {
      const out = [...base];
      for (let i = 0; i <= random(4); i++) out.splice(random(out.length + 1), random(3), ...Array.from({ length: random(3) }, () => `${who}${random(100)}`));
      return out;
    };
    const [mine, theirs] = [edit('m'), edit('t')];
    const both = merged(base.join('\n'), mine.join('\n'), theirs.join('\n')).text.split('\n');
    for (const line of [...mine, ...theirs].filter((l) => /^[mt]/.test(l))) assert.ok(both.includes(line), `${line} of ${base} | ${mine} | ${theirs} in ${both}`);
    // The hunks really make one out of the other.
    let at = 0;
    const made: string[] = [];
    for (const h of hunks(base, mine)) {
      made.push(...base.slice(at, h.from), ...mine.slice(h.at, h.end));
      at = h.to;
    }
    assert.deepEqual([...made, ...base.slice(at)], mine);
  }
});

test('texts that have nothing to do with each other take no time', () => {
  const lines = (n: number, what: string) => Array.from({ length: n }, (_, i) => `${what} ${i}`).join('\n');
  const { added, removed } = difference(lines(30_000, 'a'), lines(30_000, 'b'));
  assert.deepEqual([added, removed], [30_000, 30_000]);
});

test('a difference shows what is around it', () => {
  assert.equal(difference('1\n2\n3\n4\n5\n6', '1\n2\n3\n4\nfive\n6').unified, '@@ line 2 @@\n 2\n 3\n 4\n-5\n+five\n 6');
  assert.deepEqual(difference('same', 'same'), { unified: '', added: 0, removed: 0 });
});

test('names are shown so that nobody is fooled, and typed ones are written as paths are', () => {
  assert.equal(shown('a\nb\tc\u202egpj.exe\u007f'), 'a\u240ab\u2409c\ufffdgpj.exe\ufffd');
  assert.equal(escaped('100%25 50% %zz'), '100%2525 50% %zz');
});

test('an @ that begins a word asks for a file', () => {
  assert.equal(mentioned('look at @src/ma'), 'src/ma');
  assert.equal(mentioned('@'), '');
  assert.equal(mentioned('(@x'), 'x');
  assert.equal(mentioned('me@example'), null);
  assert.equal(mentioned('@done and on'), null);
  assert.equal(mention('a/b.txt'), '@a/b.txt');
  assert.equal(mention('my file.txt'), '@"my file.txt"');
});

test('bytes and tables as text', () => {
  assert.equal(hexLines(new Uint8Array([0, 65, 255]), 8), '00000008  00 41 ff                 .A.');
  assert.deepEqual(table('a;b\n"x;\n""y""";2\r\n').rows, [['a', 'b'], ['x;\n"y"', '2']]);
  assert.deepEqual(table('').rows, []);
});
