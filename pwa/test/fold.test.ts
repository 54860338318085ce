import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold, foldAll } from '../src/journal/fold.ts';
import { emptyView } from '../src/journal/view.ts';
import type { YouItem } from '../src/journal/view.ts';
import type { JournalEvent } from '../src/wire.ts';

let seq = 0;
const e = (type: string, fields: Record<string, unknown> = {}): JournalEvent => ({ seq: ++seq, at: '2026-01-01T00:00:00Z', type, ...fields });
const queued = (id: string, text = id) => e('message.queued', { messageId: id, text, by: 'alice', attachments: [] });

test('a message waits, runs and is done, and stands once in the log', () => {
  const events = [queued('m1')];
  assert.deepEqual(foldAll(events).queue, ['m1']);
  events.push(e('turn.started', { turnId: 't1', messageId: 'm1' }), e('text', { turnId: 't1', messageId: 'x', markdown: 'hello' }));
  const running = foldAll(events);
  assert.deepEqual(running.queue, []);
  assert.equal((running.items[0] as YouItem).message.state, 'running');
  events.push(e('turn.finished', { turnId: 't1', outcome: 'done' }));
  const done = foldAll(events);
  assert.equal((done.items[0] as YouItem).message.state, 'done');
  assert.equal(done.turn, null);
  assert.deepEqual(done.items.map((i) => i.kind), ['you', 'text', 'turn-end']);
});

test('folding in pieces gives the same as folding at once, at every cut', () => {
  const events = [
    queued('a'), queued('b'), e('message.edited', { messageId: 'b', text: 'B' }), e('message.moved', { messageId: 'b', before: 'a' }),
    e('turn.started', { turnId: 't', messageId: 'b' }), e('tool.started', { toolId: 'u', name: 'Bash', title: 'ls', input: {} }),
    e('approval.opened', { approvalId: 'p', tool: 'Bash', title: 'ls', input: {}, options: [] }),
    e('approval.resolved', { approvalId: 'p', decision: 'allow', by: 'bob' }), e('tool.finished', { toolId: 'u', ok: true, output: 'x', outputBytes: 1, diffs: [] }),
    e('plan', { entries: [] }), e('agent.retrying', { attempt: 1, maxAttempts: 3, delayMs: 1, why: 'w' }), e('text', { messageId: 'x', markdown: 'y' }),
    e('turn.finished', { turnId: 't', outcome: 'interrupted' }), e('message.withdrawn', { messageId: 'a' }),
  ];
  const whole = JSON.stringify([foldAll(events).items, foldAll(events).queue]);
  for (let cut = 0; cut <= events.length; cut++) {
    const view = emptyView();
    fold(view, events.slice(0, cut));
    fold(view, events.slice(cut));
    assert.equal(JSON.stringify([view.items, view.queue]), whole, `cut at ${cut}`);
  }
});

test('the queue follows edits, moves, withdrawals and returns', () => {
  const events = [queued('a'), queued('b'), queued('c'), e('message.moved', { messageId: 'c', before: 'a' })];
  assert.deepEqual(foldAll(events).queue, ['c', 'a', 'b']);
  events.push(e('message.moved', { messageId: 'c', before: null }), e('message.withdrawn', { messageId: 'a' }));
  assert.deepEqual(foldAll(events).queue, ['b', 'c']);
  events.push(e('turn.started', { turnId: 't', messageId: 'b' }), e('message.returned', { messageId: 'b', why: 'The agent died' }));
  const view = foldAll(events);
  assert.deepEqual(view.queue, ['b', 'c']);
  assert.equal(view.messages.get('b')?.note, 'The agent died');
  assert.equal(view.items.some((i) => i.kind === 'you'), false, 'a returned message is not in the log');
});

test('two approvals are two, and each answer closes its own', () => {
  const open = (id: string) => e('approval.opened', { approvalId: id, tool: 'Bash', title: id, input: { command: id }, options: [] });
  const events = [open('p1'), open('p2')];
  assert.deepEqual([...foldAll(events).approvals.keys()], ['p1', 'p2']);
  events.push(e('approval.resolved', { approvalId: 'p1', decision: 'deny', by: 'bob' }));
  const view = foldAll(events);
  assert.deepEqual([...view.approvals.keys()], ['p2']);
  assert.deepEqual(view.resolved.get('p1'), { decision: 'deny', by: 'bob', message: undefined });
});

test('a tail whose beginning is missing, and types of a newer writer, are harmless', () => {
  const view = foldAll([
    e('tool.finished', { toolId: 'gone', ok: true, output: '' }), e('message.edited', { messageId: 'gone', text: 'x' }),
    e('turn.started', { turnId: 't', messageId: 'gone' }), e('approval.resolved', { approvalId: 'gone', decision: 'allow', by: 'x' }),
    e('something.new', { whatever: [1] }), e('message.moved', { messageId: 'other', before: 'nobody' }),
  ]);
  assert.equal(view.turn?.messageId, 'gone');
});

test('a subagent\'s lines are deeper than the agent\'s, and nothing runs after the turn', () => {
  const view = foldAll([
    e('turn.started', { turnId: 't', messageId: null }), e('tool.started', { toolId: 'a', name: 'Task', title: '', input: {} }),
    e('tool.started', { toolId: 'b', name: 'Grep', title: '', input: {}, parentToolId: 'a' }), e('turn.finished', { turnId: 't', outcome: 'failed', why: 'killed' }),
  ]);
  const tools = view.items.filter((i) => i.kind === 'tool');
  assert.deepEqual(tools.map((t) => [t.depth, t.state]), [[0, 'unknown'], [1, 'unknown']]);
});

test('an idle agent that ended with its workspace is no trouble, one in mid-turn is', () => {
  const lines = (events: JournalEvent[]) => foldAll(events).items.filter((i) => i.kind === 'line').map((i) => [i.text, i.tone]);
  const ended = () => e('agent.exited', { run: 1, exitCode: null, what: 'The workspace was stopped while the agent ran.' });
  const terminated = () => e('agent.exited', { run: 1, exitCode: 143, what: 'The agent was ended by signal 15.' });
  assert.deepEqual(lines([e('workspace.stopped', { why: 'The workspace was stopped.' }), terminated()]), [['Workspace stopped', 'quiet']]);
  assert.deepEqual(lines([terminated()]), [['The agent was ended by signal 15.', 'bad']]);
  assert.deepEqual(lines([e('workspace.stopped', { why: 'The workspace was stopped.' }), ended()]), [['Workspace stopped', 'quiet']]);
  assert.deepEqual(lines([ended()]), [['The workspace was stopped while the agent ran.', 'quiet']]);
  assert.deepEqual(lines([e('turn.started', { turnId: 't', messageId: null }), ended()]), [['The workspace was stopped while the agent ran.', 'bad']]);
  assert.deepEqual(lines([e('agent.exited', { run: 1, exitCode: 1, what: 'It crashed.' })]), [['It crashed.', 'bad']]);
});
