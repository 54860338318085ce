import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Changes, Checkpoint, FileChange, Restored } from '../src/changes/api.ts';
import { messageOf } from '../src/changes/comments.ts';
import type { Comment } from '../src/changes/comments.ts';
import { fold, hunkOf, parse, sideBySide, visible, words } from '../src/changes/rows.ts';
import type { Line, Row } from '../src/changes/rows.ts';
import { effectWords, lastRestored, only, restoredWords, takesBack } from '../src/changes/restoring.ts';
import { scopesOf } from '../src/changes/scopes.ts';

const PART = '@@ -4,7 +4,8 @@ function x() {\n c4\n c5\n c6\n-old seven\n+new seven\n+more\n c8\n c9\n c10\n';
const short = (row: Row) => (row.kind === 'gap' ? `gap ${row.key}/${row.lines}` : `${row.kind} ${row.old}/${row.now} ${row.text}`);

test('lines have the numbers of both sides, and what is left out is a gap', () => {
  assert.deepEqual(parse(PART).map(short), [
    'gap 1/3', 'same 4/4 c4', 'same 5/5 c5', 'same 6/6 c6', 'del 7/null old seven', 'add null/7 new seven', 'add null/8 more',
    'same 8/9 c8', 'same 9/10 c9', 'same 10/11 c10', 'gap 12/null',
  ]);
});

test('a new file, a deleted one, and a file without a line end', () => {
  assert.deepEqual(parse('@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n').map(short), ['add null/1 a', 'add null/2 b']);
  assert.deepEqual(parse('@@ -1,2 +0,0 @@\n-a\n-b\n').map(short), ['del 1/null a', 'del 2/null b']);
  assert.deepEqual(parse(''), []);
});

test('the gaps of a part and of the whole file have the same keys, and opening one shows its lines', () => {
  const whole = `@@ -1,20 +1,21 @@\n${[1, 2, 3].map((n) => ` c${n}\n`).join('')}${PART.split('\n').slice(1, -1).join('\n')}\n${[11, 12, 13].map((n) => ` c${n}\n`).join('')}`;
  const gaps = (rows: Row[]) => rows.flatMap((r) => (r.kind === 'gap' ? [r.key] : []));
  assert.deepEqual(gaps(fold(parse(whole), new Set())), gaps(parse(PART)));
  assert.deepEqual(gaps(fold(parse(whole), new Set([1]))), [12]);
  assert.equal(fold(parse(whole), new Set([1, 12])).length, parse(whole).filter((r) => r.kind !== 'gap').length);
});

test('nothing is offered at the end when nothing is left', () => {
  assert.deepEqual(parse(PART, 11).map(short).at(-1), 'same 10/11 c10');
  assert.deepEqual(parse(PART, 12).map(short).at(-1), 'gap 12/1');
  assert.deepEqual(parse('@@ -1 +1,4 @@\n+a\n+b\n+c\n d\n', 4).map(short).at(-1), 'same 1/4 d');
});

test('a change has the lines of both sides, wherever one of its lines is taken', () => {
  const rows = parse(`${PART}@@ -20,7 +21,6 @@\n a\n b\n c\n-gone\n d\n e\n f\n@@ -40,6 +40,7 @@\n a\n b\n c\n+come\n d\n e\n f\n`);
  const of = (text: string) => hunkOf(rows, rows.find((r) => r.kind !== 'gap' && r.text === text) as Line);
  assert.deepEqual(of('more'), { oldLine: 7, oldLines: 1, newLine: 7, newLines: 2 });
  assert.deepEqual(of('old seven'), of('more'));
  assert.deepEqual(of('gone'), { oldLine: 23, oldLines: 1, newLine: 24, newLines: 0 });
  assert.deepEqual(of('come'), { oldLine: 43, oldLines: 0, newLine: 43, newLines: 1 });
  assert.equal(of('c8'), null);
  const first = parse('@@ -1,2 +1 @@\n-a\n b\n');
  assert.deepEqual(hunkOf(first, first[0] as Line), { oldLine: 1, oldLines: 1, newLine: 1, newLines: 0 });
});

test('side by side: what went stands beside what came', () => {
  const pairs = sideBySide(parse('@@ -1,3 +1,2 @@\n-a\n-b\n+A\n c\n'));
  assert.deepEqual(pairs.map((p) => ('left' in p ? [p.left?.text ?? null, p.right?.text ?? null] : 'gap')), [['a', 'A'], ['b', null], ['c', 'c']]);
});

test('words that differ are marked; lines that have nothing in common are not', () => {
  const marked = (a: string, b: string) => words(a, b).filter((w) => w.marked).map((w) => w.text);
  assert.deepEqual(marked('const total = price * 2;', 'const total = price * count;'), ['2']);
  assert.deepEqual(marked('const total = price * count;', 'const total = price * 2;'), ['count']);
  assert.deepEqual(marked('a completely other line', 'return x;'), []);
  assert.equal(words('call(a, b, c)', 'call(c, b)').map((w) => w.text).join(''), 'call(a, b, c)');
  assert.deepEqual(words('same', 'same'), [{ text: 'same', marked: false }]);
});

test('2,000 changed lines are rows at once, and only those in sight are taken', () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `-const a${i} = ${i};\n+const a${i} = ${i + 1};`).join('\n');
  const rows = parse(`@@ -1,2000 +1,2000 @@\n${lines}\n`);
  assert.equal(rows.length, 4000);
  const tops = [0, ...rows.map((_, i) => (i + 1) * 20)];
  assert.deepEqual(visible(tops, 0, 100), [0, 6]);
  assert.deepEqual(visible(tops, -600, 0), [0, 1]);
  assert.deepEqual(visible(tops, 79_980, 99_999), [3999, 4000]);
  // A change is mated within itself: the first line that went and the first that came.
  assert.equal((rows[0] as Line).mate, 'const a0 = 1;');
});

test('comments are one message, by file and line, with the lines that they are about', () => {
  const c = (path: string, from: number, to: number, text: string, lines: string[]): Comment => ({ id: text, path, side: 'new', from, to, text, lines });
  assert.equal(messageOf([c('b.ts', 3, 3, 'why?', ['let x;']), c('a.ts', 9, 10, 'shorter', ['x', 'y']), { ...c('a.ts', 2, 2, 'keep it', ['z']), side: 'old' }]),
    'Comments on the changes:\n\na.ts, line 2 before the change:\n> z\n\nkeep it\n\na.ts, lines 9 to 10:\n> x\n> y\n\nshorter\n\nb.ts, line 3:\n> let x;\n\nwhy?');
  assert.match(messageOf([c('a.ts', 1, 40, 'long', Array.from({ length: 40 }, (_, i) => `${i}`))]), /> 11\n> … and 28 more/);
});

const checkpoint = (checkpointId: string, why: Checkpoint['why'], since: string | null, files = 1, turnId: string | null = null): Checkpoint => ({
  checkpointId, why, turnId, since, files, additions: 0, deletions: 0, takenAt: '2026-01-02T03:04:05Z', leftOut: [], leftOutTotal: 0,
});
const restored = (checkpointId: string, beforeId: string, more: Partial<Restored> = {}): Restored => ({
  commandId: beforeId, checkpointId, path: null, hunk: null, beforeId, files: 2, kept: [], keptTotal: 0, stopped: null, by: 'owner', ...more,
});

test('turns are compared newest first, the ones that changed nothing are left out, and at last all since the beginning', () => {
  const all = [checkpoint('a', 'begin', null), checkpoint('b', 'turn', 'a', 1, 't1'), checkpoint('c', 'turn', 'b', 0), checkpoint('d', 'restore', null), checkpoint('e', 'turn', 'd', 0, 't3')];
  const scopes = scopesOf({ checkpoints: all }, (turn) => (turn === 't1' ? 'Add a test' : ''));
  assert.deepEqual(scopes.map((s) => [s.id, s.from, s.to]), [['e', 'd', 'e'], ['b', 'a', 'b'], ['all', 'a', 'now']]);
  assert.match(scopes[0]!.label, /^Last turn: the turn of /);
  assert.equal(scopes[1]!.before, 'before “Add a test”');
  assert.deepEqual(scopesOf({ checkpoints: [] }, () => ''), []);
});

test('a restoration can be taken back until the next turn has ended, and taken back again', () => {
  const states = [checkpoint('a', 'begin', null), checkpoint('b', 'turn', 'a'), checkpoint('before1', 'restore', null)];
  const first = restored('a', 'before1');
  assert.equal(lastRestored({ checkpoints: states, restored: [first] }), first);
  assert.equal(takesBack(first, [first]), false);
  const back = restored('before1', 'before2');
  assert.equal(takesBack(back, [first, back]), true);
  const again = restored('before2', 'before3');
  assert.equal(takesBack(again, [first, back, again]), false);
  assert.equal(lastRestored({ checkpoints: [...states, checkpoint('c', 'turn', 'b')], restored: [first] }), null);
  assert.equal(lastRestored({ checkpoints: states, restored: [] }), null);
});

test('what a restoration would do and has done is said in words', () => {
  const file = (path: string, status: FileChange['status']): FileChange => ({ path, status, additions: 0, deletions: 0, binary: false, oldSize: null, size: null, oldMode: null, mode: null });
  const changes: Changes = { from: 'a', to: 'now', total: 3, additions: 0, deletions: 0, more: false, files: [file('a/x', 'M'), file('b', 'A'), file('c', 'D')] };
  assert.equal(effectWords(changes), '1 file will be changed, 1 file made since then will be deleted, 1 file will come back: a/x, b, c.');
  assert.equal(effectWords(only(changes, 'a')), '1 file will be changed: a/x.');
  assert.equal(effectWords(only(changes, 'nowhere')), 'It is already like that.');
  assert.equal(only({ ...changes, more: true }, 'nowhere').total, 1);
  assert.equal(restoredWords(restored('a', 'b', { kept: [{ path: 'big', why: 'it is too large' }], keptTotal: 1 }), false), 'Everything was restored, 2 files changed. 1 was not touched: big, it is too large.');
});
