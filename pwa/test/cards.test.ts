import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextCards } from '../src/journal/cards.ts';
import type { Answer, Card } from '../src/journal/cards.ts';
import type { Resolution } from '../src/journal/view.ts';
import type { OpenApproval } from '../src/wire.ts';

const approval: OpenApproval = {
  id: 'c1.r1', workspaceId: 'w', project: 'p', conversationId: 'c1', tool: 'Bash', title: 'make', input: {}, options: [], openedAt: '2026-01-01T00:00:00Z',
};
const allowed: Resolution = { decision: 'allow', by: 'owner' } as Resolution;
const sent: Answer = { target: 'c1.r1', state: 'sent', text: 'allow', kind: 'approval' };

function next(before: Card[], open: boolean, answers: Answer[], resolution?: Resolution, known = true): Card[] {
  return nextCards(before, open ? [approval] : [], [], () => resolution, answers, 1000, known);
}

test('what was answered here is not said to be answered elsewhere, also when the outbox lets go of it first', () => {
  const open = next([], true, []);
  assert.equal(open[0]?.state, 'open');
  const answered = next(open, true, [sent]);
  assert.equal(answered[0]?.state, 'answered');

  // The server was restarted: the workspace has taken the answer, the event of it is not here yet.
  const between = next(answered, true, []);
  assert.equal(between[0]?.state, 'answered');
  const unknown = next(between, true, [], undefined, false);
  assert.equal(unknown[0]?.state, 'answered');

  const resolved = next(unknown, false, [], allowed);
  assert.equal(resolved[0]?.state, 'resolved');
  assert.equal(resolved[0]?.line, 'Allowed');
});

test('what was answered on another device says so', () => {
  const resolved = next(next([], true, []), false, [], allowed);
  assert.equal(resolved[0]?.line, 'Allowed elsewhere, by owner');
});
