import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApprovals } from '../src/journal/asked.ts';
import { nextCards } from '../src/journal/cards.ts';
import type { Answer, Card } from '../src/journal/cards.ts';
import { emptyView } from '../src/journal/view.ts';
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

test('what is open is what the journal says, and what the overview knows before it; only the overview knows who has answered', () => {
  const asker = { workspaceId: 'w', project: 'p', conversationId: 'c1', agentLabel: 'Claude' };
  const view = emptyView();
  const elsewhere = { ...approval, id: 'c2.r1', conversationId: 'c2' };
  assert.deepEqual(openApprovals(view, [approval, elsewhere], asker).map((a) => a.id), ['c1.r1']);
  view.approvals.set('c1.r1', { id: 'c1.r1', tool: 'Bash', title: 'make test', input: {}, options: [], openedAt: approval.openedAt });
  const [open] = openApprovals(view, [{ ...approval, answeredBy: 'owner' }], asker);
  assert.deepEqual([open?.title, open?.agentLabel, open?.answeredBy], ['make test', 'Claude', 'owner']);
  view.approvals.clear();
  view.resolved.set('c1.r1', allowed);
  assert.deepEqual(openApprovals(view, [approval], asker), []);
});
