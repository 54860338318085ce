import assert from 'node:assert/strict';
import test from 'node:test';
import { Place, keyOf } from '../src/live/place.ts';
import { added, pieces, placeOf, whoOf } from '../src/search/api.ts';
import type { Hit } from '../src/search/api.ts';
import type { JournalEvent } from '../src/wire.ts';

const at = (seq: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seq)).toISOString();
const text = (seq: number): JournalEvent => ({ seq, at: at(seq), type: 'text', turnId: 't', messageId: `x${seq}`, markdown: `text ${seq}` });
const texts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => text(from + i));

const hit = (fields: Partial<Hit>): Hit => ({
  kind: 'message', workspace: { id: 'bold-fire-1', name: null, project: 'shop', state: 'deleted' }, conversation: { id: 'abc', title: '', agent: 'claude', agentLabel: 'Claude' },
  seq: 5, saidSeq: 5, by: 'owner', at: at(5), text: '', ranges: [], cutBefore: false, cutAfter: false, ...fields,
});

test('the words that were looked for are marked, and what cannot be is not', () => {
  assert.deepEqual(pieces('mend the form', [[0, 4], [9, 13]]), [{ text: 'mend', hit: true }, { text: ' the ', hit: false }, { text: 'form', hit: true }]);
  assert.deepEqual(pieces('abc', [[2, 1], [-1, 2], [1, 9], [1, 2]]), [{ text: 'a', hit: false }, { text: 'b', hit: true }, { text: 'c', hit: false }]);
  assert.deepEqual(pieces('', []), []);
});

test('a result leads to its place', () => {
  assert.equal(placeOf(hit({})), '/c/abc?at=5');
  assert.equal(placeOf(hit({ seq: 9, saidSeq: 2 })), '/c/abc?at=9&said=2');
  assert.equal(placeOf(hit({ kind: 'title', seq: 0, saidSeq: 0 })), '/c/abc');
});

test('the next page adds what is not there yet', () => {
  const first = [hit({ saidSeq: 1 }), hit({ saidSeq: 2 })];
  assert.deepEqual(added(first, [hit({ saidSeq: 2 }), hit({ saidSeq: 3 })]).map((h) => h.saidSeq), [3]);
});

test('who said it is a word', () => {
  assert.equal(whoOf(hit({})), 'You');
  assert.equal(whoOf(hit({ by: 'ada' })), 'ada');
  assert.equal(whoOf(hit({ kind: 'answer', by: 'claude' })), 'Claude');
});

test('a place grows at both sides, without a gap', () => {
  const place = new Place(texts(100, 110));
  place.take(texts(95, 99));
  place.take(texts(111, 120));
  assert.deepEqual([place.first, place.last, place.view.items.length], [95, 120, 26]);
  place.take(texts(50, 60));
  place.take(texts(130, 140));
  assert.deepEqual([place.first, place.last], [95, 120]);
  assert.equal(keyOf(place.events, place.view, 99), 't:x99');
  assert.equal(keyOf(place.events, place.view, 500), null);
});

test('a message that waited for long has its words where its turn began', () => {
  const said: JournalEvent = { seq: 3, at: at(3), type: 'message.edited', messageId: 'm', text: 'as changed', by: 'ada' };
  const began: JournalEvent = { seq: 900, at: at(900), type: 'turn.started', turnId: 't', messageId: 'm' };
  const place = new Place([text(899), began, text(901)], [said]);
  const key = keyOf(place.events, place.view, 900);
  assert.equal(key, 'm:m');
  const item = place.view.items.find((one) => one.key === 'm:m');
  assert.ok(item?.kind === 'you');
  assert.equal(item.message.text, 'as changed');
});
