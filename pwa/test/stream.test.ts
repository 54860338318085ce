import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveTexts } from '../src/journal/deltas.ts';
import { JournalWindow } from '../src/live/journal.ts';
import { SseParser } from '../src/live/sse.ts';
import type { JournalEvent } from '../src/wire.ts';

const events = (...seqs: number[]): JournalEvent[] => seqs.map((seq) => ({ seq, at: '', type: 'notice' }));
const delta = (offset: number, text: string) => ({ messageId: 'm', kind: 'text' as const, offset, text });

test('pieces that overlap or come twice give the text once', () => {
  const texts = new LiveTexts();
  assert.equal(texts.add(delta(0, 'Hello')), true);
  assert.equal(texts.add(delta(0, 'Hello')), false);
  assert.equal(texts.add(delta(3, 'lo wor')), true);
  assert.equal(texts.add(delta(9, 'ld')), true);
  assert.equal(texts.all()[0]?.text, 'Hello world');
});

test('behind a missing piece nothing is shown until it comes, or the finished text', () => {
  const texts = new LiveTexts();
  texts.add(delta(0, 'ab'));
  texts.add(delta(4, 'ef'));
  assert.deepEqual([texts.all()[0]?.text, texts.all()[0]?.gap], ['ab', true]);
  texts.add(delta(2, 'cdef'));
  assert.deepEqual([texts.all()[0]?.text, texts.all()[0]?.gap], ['abcdef', false]);
  texts.finish('m');
  assert.equal(texts.add(delta(6, 'late')), false);
  assert.deepEqual(texts.all(), []);
});

test('a text of an earlier visit goes on where it was, and not when it is finished', () => {
  const before = new LiveTexts();
  before.add(delta(0, 'Hello'));
  const now = new LiveTexts();
  now.restore(before.all());
  now.add(delta(0, 'Hello wor'));
  now.restore(before.all());
  assert.equal(now.all()[0]?.text, 'Hello wor');
  now.finish('m');
  now.restore(before.all());
  assert.deepEqual(now.all(), []);
});

test('a stream cut into single characters gives the same events', () => {
  const source = ': hello\n\nid: 7\nevent: text\ndata: {"a":\ndata: 1}\n\nevent: beat\r\ndata: {}\r\n\r\ndata:x\n\n';
  const whole = new SseParser().push(source);
  const parser = new SseParser();
  const pieces = [...source].flatMap((c) => parser.push(c));
  assert.deepEqual(pieces, whole);
  assert.deepEqual(whole.map((m) => [m.event, m.data, m.id]), [['text', '{"a":\n1}', '7'], ['beat', '{}', null], ['message', 'x', null]]);
});

test('numbers are taken once and in order, whatever comes again', () => {
  const journal = new JournalWindow();
  journal.take(events(1, 2, 3));
  assert.equal(journal.take(events(2, 3)).what, 'nothing');
  assert.deepEqual(journal.take(events(3, 4)), { what: 'added', events: events(4) });
  assert.deepEqual(journal.events.map((e) => e.seq), [1, 2, 3, 4]);
});

test('a gap is named, and closes when the missing numbers come', () => {
  const journal = new JournalWindow();
  journal.take(events(1, 2));
  assert.deepEqual(journal.take(events(5, 6)), { what: 'gap', after: 2, until: 4 });
  assert.equal(journal.take(events(3, 4)).what, 'added');
  assert.deepEqual(journal.events.map((e) => e.seq), [1, 2, 3, 4, 5, 6]);
});

test('a reader who was away for long starts from the tail', () => {
  const journal = new JournalWindow();
  journal.take(events(1, 2));
  assert.equal(journal.take(events(5000, 5001)).what, 'restart');
  assert.deepEqual(journal.events.map((e) => e.seq), [5000, 5001]);
  assert.equal(journal.prepend(events(4998, 4999)), true);
  assert.equal(journal.prepend(events(1, 2)), false, 'a page that does not fit is not taken');
  assert.deepEqual(journal.events.map((e) => e.seq), [4998, 4999, 5000, 5001]);
});
