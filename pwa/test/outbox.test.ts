import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextToSend, outcomeOf, write } from '../src/outbox/entries.ts';
import type { Entry } from '../src/outbox/entries.ts';
import { emptyView } from '../src/journal/view.ts';
import { foldAll } from '../src/journal/fold.ts';
import { waiting } from '../src/journal/waiting.ts';
import { nextCards, STAYS_MS } from '../src/journal/cards.ts';
import type { Card } from '../src/journal/cards.ts';
import type { OpenApproval } from '../src/wire.ts';

let order = 0;
const entry = (wanted: ReturnType<typeof write.message>, state: Entry['state'] = 'local'): Entry => ({ ...wanted, state, at: 0, attempts: 0, order: ++order });
const message = (id: string, conversation = 'c', state: Entry['state'] = 'local') => entry(write.message(conversation, id, `text ${id}`, 'queue', []), state);

test('writes of a conversation go in the order in which they were said', () => {
  const all = [message('a'), entry(write.edit('c', 'e', 'a', 'new')), message('b')];
  assert.equal(nextToSend([...all].reverse(), new Set())?.id, 'a');
  assert.equal(nextToSend([{ ...all[0]!, state: 'sent' }, ...all.slice(1)], new Set())?.id, 'e');
});

test('a conversation that cannot go on does not hold up another', () => {
  const all = [message('a', 'c1'), message('b', 'c2')];
  assert.equal(nextToSend(all, new Set(['c1']))?.id, 'b');
  assert.equal(nextToSend(all, new Set(['c1', 'c2'])), undefined);
});

test('a refused write is kept and does not hold up the next', () => {
  assert.equal(nextToSend([message('a', 'c', 'refused'), message('b')], new Set())?.id, 'b');
});

test('only a stored write counts as sent; what may pass is tried again; the rest is shown', () => {
  assert.equal(outcomeOf(202, {}).what, 'taken');
  assert.equal(outcomeOf(401, {}).what, 'login');
  for (const status of [0, 408, 429, 500, 502, 503, 504]) assert.equal(outcomeOf(status, {}).what, 'later', String(status));
  for (const status of [400, 403, 404, 409, 413, 422]) {
    const outcome = outcomeOf(status, { detail: 'what', todo: 'do' });
    assert.deepEqual(outcome, { what: 'refused', problem: { status, detail: 'what', todo: 'do' } });
  }
  assert.equal(outcomeOf(409, {}).what, 'refused');
});

test('a message is told from where it is', () => {
  const view = emptyView();
  const words = (all: Entry[], v = view) => waiting(v, all, []).map((w) => w.state);
  assert.deepEqual(words([message('a')]), ['on this phone, will be sent']);
  assert.deepEqual(words([message('a', 'c', 'sent')]), ['sent, waiting for the workspace']);
  assert.deepEqual(words([message('a', 'c', 'refused')]), ['failed']);
  const journal = foldAll(['a', 'b'].map((id, i) => ({ seq: i + 1, at: '', type: 'message.queued', messageId: id, text: id, by: 'x' })));
  assert.deepEqual(words([message('a', 'c', 'sent')], journal), ['in the queue, first', 'in the queue, 2nd'], 'the journal wins, and nothing shows twice');
});

test('edits, moves and withdrawals on their way show at once', () => {
  const journal = foldAll(['a', 'b', 'c'].map((id, i) => ({ seq: i + 1, at: '', type: 'message.queued', messageId: id, text: id, by: 'x' })));
  const list = waiting(journal, [entry(write.edit('c', '1', 'b', 'B')), entry(write.move('c', '2', 'c', 'a')), entry(write.withdraw('c', '3', 'a'))], []);
  assert.deepEqual(list.map((w) => w.text), ['c', 'B']);
});

test('what the workspace refused says why', () => {
  const list = waiting(emptyView(), [message('a', 'c', 'sent')], [{ id: 'a', kind: 'enqueue', messageId: 'a', state: 'refused', why: 'The queue is full' }]);
  assert.deepEqual([list[0]?.state, list[0]?.note, list[0]?.refused], ['failed', 'The queue is full', true]);
});

const approval = (id: string, at: string): OpenApproval => ({
  id, tool: 'Bash', title: id, input: { command: id }, options: [], openedAt: at, conversationId: 'c', workspaceId: 'w', project: 'p',
});
const none = () => undefined;

test('a card keeps its place: new ones come below, an answered one stays as a line', () => {
  let cards: Card[] = nextCards([], [approval('p2', '2')], [], none, [], 0);
  cards = nextCards(cards, [approval('p1', '1'), approval('p2', '2')], [], none, [], 1);
  assert.deepEqual(cards.map((c) => c.id), ['p2', 'p1'], 'an older one that is seen later does not push the first away');
  cards = nextCards(cards, [approval('p1', '1')], [], (id) => (id === 'p2' ? { decision: 'allow', by: 'bob' } : undefined), [], 2);
  assert.deepEqual(cards.map((c) => [c.id, c.state]), [['p2', 'resolved'], ['p1', 'open']]);
  assert.equal(cards[0]?.line, 'Allowed elsewhere, by bob');
  cards = nextCards(cards, [approval('p1', '1')], [], none, [], 3 + STAYS_MS);
  assert.deepEqual(cards.map((c) => c.id), ['p1']);
});

test('an answer shows where it is, and a refused one says who was first', () => {
  const open = [approval('p1', '1')];
  const answer = (state: Entry['state'], problem?: string) => nextCards([], open, [], none, [{ target: 'p1', state, text: 'allow', kind: 'approval', problem }], 0)[0];
  assert.equal(answer('local')?.line, 'Allowed · on this phone, will be sent');
  assert.equal(answer('sent')?.line, 'Allowed · sent, waiting for the workspace');
  assert.deepEqual([answer('refused', 'It was answered by bob.')?.state, answer('refused', 'It was answered by bob.')?.line], ['refused', 'It was answered by bob.']);
});

test('while the server is not heard no card goes away', () => {
  const cards = nextCards([], [approval('p1', '1')], [], none, [], 0);
  assert.deepEqual(nextCards(cards, [], [], none, [], 1, false).map((c) => c.state), ['open']);
});

test('a move that has happened does not happen again when the other message has left', () => {
  const journal = foldAll(['c', 'n'].map((id, i) => ({ seq: i + 1, at: '', type: 'message.queued', messageId: id, text: id, by: 'x' })));
  const list = waiting(journal, [{ ...entry(write.move('c', '1', 'c', 'gone')), state: 'sent' }], []);
  assert.deepEqual(list.map((w) => w.messageId), ['c', 'n']);
});

test('what somebody else answered is no open card, also before the workspace has it', () => {
  const [card] = nextCards([], [{ ...approval('p1', '1'), answeredBy: 'bob' }], [], none, [], 0);
  assert.deepEqual([card?.state, card?.line], ['answered', 'Answered by bob · waiting for the workspace']);
});
