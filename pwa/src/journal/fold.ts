import type { Attachment, JournalEvent } from '../wire.ts';
import { emptyView } from './view.ts';
import type { Item, Message, MessageState, ToolItem, View } from './view.ts';

/**
 * Folds a journal (or its tail: what an event refers to may be missing) into what the log shows.
 * The given view is changed in place; its items are replaced, so that identity tells what is new.
 */
export function fold(view: View, events: readonly JournalEvent[]): View {
  for (const event of events) apply(view, event);
  return view;
}

export function foldAll(events: readonly JournalEvent[]): View {
  return fold(emptyView(), events);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : value == null ? '' : String(value));
const optional = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const list = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

function apply(view: View, e: JournalEvent): void {
  switch (e.type) {
    case 'message.queued': return queued(view, e);
    case 'message.edited': return void change(view, e.messageId, { text: text(e.text) });
    case 'message.moved': return moved(view, e);
    case 'message.withdrawn': return leave(view, e.messageId, 'withdrawn');
    case 'message.steered': return steered(view, e);
    case 'message.returned': return returned(view, e);
    case 'queue.paused': view.paused = { by: text(e.by), why: text(e.why) }; return;
    case 'queue.resumed': view.paused = null; return;
    case 'turn.started': return turnStarted(view, e);
    case 'turn.finished': return turnFinished(view, e);
    case 'text':
    case 'thinking': return said(view, e, e.type);
    case 'tool.started': return toolStarted(view, e);
    case 'tool.finished': return toolFinished(view, e);
    case 'approval.opened':
      view.approvals.set(e.approvalId, {
        id: e.approvalId, tool: text(e.tool), title: text(e.title), input: e.input, options: list(e.options), openedAt: e.at,
      });
      return;
    case 'approval.resolved': return approvalResolved(view, e);
    case 'question.opened':
      view.questions.set(e.questionId, { id: e.questionId, questions: list(e.questions), openedAt: e.at });
      return;
    case 'question.answered': return questionAnswered(view, e);
    case 'plan': return plan(view, e);
    case 'mode.changed': view.mode = text(e.mode); return;
    case 'agent.started':
      return line(view, e, e.resumed ? 'The agent was started again and goes on with its memory' : 'The agent was started', 'quiet');
    case 'agent.ready':
      view.commands = list(e.commands);
      view.model = optional(e.model) ?? null;
      return;
    case 'agent.exited': return exited(view, e);
    case 'agent.retrying': return retrying(view, e);
    case 'agent.failed': return void view.items.push({ kind: 'failed', key: key(e), at: e.at, what: text(e.what), todo: text(e.todo) });
    case 'notice': return line(view, e, text(e.text), 'quiet');
    case 'checkpoint.taken': view.checkpointSeq = e.seq; return;
    case 'checkpoint.restored':
      view.checkpointSeq = e.seq;
      return line(view, e, `${text(e.by)} restored ${e.hunk ? 'a change of ' : ''}${optional(e.path) ?? 'everything'}${e.stopped ? `, but it ended in the middle: ${text(e.stopped)}` : ''}`, e.stopped ? 'bad' : 'quiet');
    case 'checkpoint.failed': return line(view, e, [text(e.what), text(e.todo)].filter(Boolean).join(' '), 'wait');
    case 'workspace.started': return line(view, e, 'Workspace started', 'quiet');
    case 'workspace.stopped': return line(view, e, stopped(text(e.why)), 'quiet');
    default: // a newer writer's type
  }
}

const STOPPED = 'Workspace stopped';
const stopped = (why: string): string => (why && why !== 'The workspace was stopped.' ? `${STOPPED}: ${why}` : STOPPED);

const key = (e: JournalEvent): string => `e${e.seq}`;

function line(view: View, e: JournalEvent, words: string, tone: 'quiet' | 'wait' | 'bad'): void {
  view.items.push({ kind: 'line', key: key(e), at: e.at, text: words, tone });
}

function replace(view: View, itemKey: string, make: (old: Item) => Item): void {
  // What changes is nearly always near the end.
  for (let i = view.items.length - 1; i >= 0; i--) {
    const item = view.items[i]!;
    if (item.key === itemKey) {
      view.items[i] = make(item);
      return;
    }
  }
}

// --- messages ---------------------------------------------------------------------------------------------------------

function queued(view: View, e: JournalEvent): void {
  const attachments = list<Attachment>(e.attachments);
  view.messages.set(e.messageId, {
    messageId: e.messageId, text: text(e.text), by: text(e.by), at: e.at, attachments,
    attachmentCount: attachments.length, state: 'queued',
  });
  if (!view.queue.includes(e.messageId)) view.queue = [...view.queue, e.messageId];
}

function change(view: View, id: string, fields: Partial<Message>): Message | undefined {
  const old = view.messages.get(id);
  if (!old) return undefined;
  const message = { ...old, ...fields };
  view.messages.set(id, message);
  replace(view, `m:${id}`, (item) => (item.kind === 'you' ? { ...item, message } : item));
  return message;
}

function known(view: View, id: string, at: string): Message {
  // Only in a journal's tail: the message itself is older than what was read.
  const message = view.messages.get(id)
    ?? { messageId: id, text: '', by: '', at, attachments: [], attachmentCount: 0, state: 'queued' as const };
  view.messages.set(id, message);
  return message;
}

function moved(view: View, e: JournalEvent): void {
  const rest = view.queue.filter((id) => id !== e.messageId);
  const at = e.before == null ? -1 : rest.indexOf(e.before);
  if (at < 0) rest.push(e.messageId);
  else rest.splice(at, 0, e.messageId);
  view.queue = rest;
}

function leave(view: View, id: string, state: MessageState): void {
  view.queue = view.queue.filter((other) => other !== id);
  change(view, id, { state });
}

function show(view: View, id: string, at: string, state: MessageState): void {
  view.queue = view.queue.filter((other) => other !== id);
  const message = { ...known(view, id, at), state };
  view.messages.set(id, message);
  view.items = view.items.filter((item) => item.key !== `m:${id}`);
  view.items.push({ kind: 'you', key: `m:${id}`, at, message });
}

function steered(view: View, e: JournalEvent): void {
  show(view, e.messageId, e.at, 'said');
}

function returned(view: View, e: JournalEvent): void {
  view.items = view.items.filter((item) => item.key !== `m:${e.messageId}`);
  const message = { ...known(view, e.messageId, e.at), state: 'queued' as const, note: optional(e.why) };
  view.messages.set(e.messageId, message);
  view.queue = [e.messageId, ...view.queue.filter((id) => id !== e.messageId)];
}

// --- turns ------------------------------------------------------------------------------------------------------------

function turnStarted(view: View, e: JournalEvent): void {
  view.turn = { turnId: e.turnId, messageId: optional(e.messageId) ?? null, at: e.at };
  if (e.messageId) {
    view.turns.set(e.turnId, e.messageId);
    show(view, e.messageId, e.at, 'running');
  }
}

const OUTCOMES: Record<string, MessageState> = { done: 'done', interrupted: 'interrupted', failed: 'failed' };

function turnFinished(view: View, e: JournalEvent): void {
  const state = OUTCOMES[text(e.outcome)] ?? 'done';
  if (view.turn?.messageId) change(view, view.turn.messageId, { state });
  for (const message of view.messages.values()) if (message.state === 'said') change(view, message.messageId, { state });
  endRetries(view);
  view.items.forEach((item, i) => {
    // Nothing of this turn runs any more, whatever its last word was.
    if (item.kind === 'tool' && item.state === 'running') view.items[i] = { ...item, state: 'unknown' };
  });
  view.turn = null;
  if (e.usage) view.usage = e.usage;
  // What the agent said of its failure stands above already, with what to do.
  const said = view.items.findLast((item) => item.kind === 'failed' || item.kind === 'turn-end')?.kind === 'failed';
  const why = said ? undefined : optional(e.why);
  const end = { kind: 'turn-end' as const, key: key(e), at: e.at, outcome: text(e.outcome), why, usage: e.usage ?? undefined };
  view.lastTurnEnd = end;
  view.items.push(end);
}

function said(view: View, e: JournalEvent, kind: 'text' | 'thinking'): void {
  endRetries(view);
  view.finishedTexts.add(e.messageId);
  const itemKey = `t:${e.messageId}`;
  view.items = view.items.some((item) => item.key === itemKey) ? view.items.filter((item) => item.key !== itemKey) : view.items;
  view.items.push({
    kind, key: itemKey, at: e.at, markdown: text(e.markdown), parentToolId: optional(e.parentToolId), live: false,
  });
}

// --- tools ------------------------------------------------------------------------------------------------------------

export function depthOf(view: View, parentToolId: string | undefined): number {
  let depth = 0;
  let parent = parentToolId;
  while (parent && depth < 4) {
    depth++;
    const id: string = parent;
    const tool = view.items.find((item): item is ToolItem => item.kind === 'tool' && item.toolId === id);
    parent = tool?.parentToolId;
  }
  return depth;
}

function toolStarted(view: View, e: JournalEvent): void {
  endRetries(view);
  const parentToolId = optional(e.parentToolId);
  view.items.push({
    kind: 'tool', key: `tool:${e.toolId}`, at: e.at, toolId: e.toolId, name: text(e.name), title: text(e.title), input: e.input,
    parentToolId, depth: depthOf(view, parentToolId), state: 'running', output: '', outputBytes: 0, diffs: [],
  });
}

function toolFinished(view: View, e: JournalEvent): void {
  replace(view, `tool:${e.toolId}`, (item) => item.kind !== 'tool' ? item : {
    ...item, state: e.ok === false ? 'failed' : 'ok', output: text(e.output),
    outputBytes: typeof e.outputBytes === 'number' ? e.outputBytes : text(e.output).length,
    summary: optional(e.summary), diffs: list(e.diffs),
  });
}

// --- what the agent asks ------------------------------------------------------------------------------------------------

function approvalResolved(view: View, e: JournalEvent): void {
  const approval = view.approvals.get(e.approvalId);
  view.approvals.delete(e.approvalId);
  view.resolved.set(e.approvalId, { decision: text(e.decision), by: text(e.by), message: optional(e.message) });
  if (!approval) return;
  view.items.push({
    kind: 'answered', key: key(e), at: e.at, what: 'approval', title: approval.title || approval.tool,
    decision: text(e.decision), by: text(e.by), message: optional(e.message),
  });
}

function questionAnswered(view: View, e: JournalEvent): void {
  const question = view.questions.get(e.questionId);
  view.questions.delete(e.questionId);
  const answers = (e.answers ?? {}) as Record<string, string>;
  view.resolved.set(e.questionId, { decision: e.withdrawn ? 'withdrawn' : 'answered', by: text(e.by), answers });
  if (!question) return;
  const title = e.withdrawn
    ? question.questions.map((q) => q.question).join(' ')
    : Object.entries(answers).map(([asked, answer]) => `${asked} ${answer}`).join(' · ');
  view.items.push({
    kind: 'answered', key: key(e), at: e.at, what: 'question', title, decision: e.withdrawn ? 'withdrawn' : 'answered', by: text(e.by),
  });
}

// --- the agent ----------------------------------------------------------------------------------------------------------

function plan(view: View, e: JournalEvent): void {
  // One plan a turn, changed where it stands: otherwise each tick of it would be a new block.
  const at = view.items.findLastIndex((item) => item.kind === 'plan' || item.kind === 'turn-end');
  const old = view.items[at];
  if (old?.kind === 'plan') view.items[at] = { ...old, entries: list(e.entries) };
  else view.items.push({ kind: 'plan', key: key(e), at: e.at, entries: list(e.entries) });
}

/** How a shell says that SIGHUP, SIGKILL or SIGTERM ended a program: so it goes to all that runs where a workspace stops. */
const STOPS = [129, 137, 143];

/** An agent that ended with its workspace lost nothing when no turn ran; that the workspace stopped is said already. */
function exited(view: View, e: JournalEvent): void {
  const last = view.items.at(-1);
  if ((e.exitCode == null || STOPS.includes(e.exitCode)) && last?.kind === 'line' && last.text.startsWith(STOPPED)) return;
  const bad = e.exitCode == null ? view.turn !== null : e.exitCode !== 0;
  line(view, e, text(e.what) || `The agent ended${e.exitCode == null ? '' : ` with exit code ${e.exitCode}`}`, bad ? 'bad' : 'quiet');
}

function retrying(view: View, e: JournalEvent): void {
  const last = view.items.at(-1);
  const again = last?.kind === 'retry' && !last.over;
  const item = {
    kind: 'retry' as const, key: again ? last.key : key(e), at: e.at, why: text(e.why), attempt: e.attempt, maxAttempts: e.maxAttempts,
    delayMs: e.delayMs, over: false,
  };
  if (again) view.items[view.items.length - 1] = item;
  else view.items.push(item);
}

function endRetries(view: View): void {
  const at = view.items.findLastIndex((item) => item.kind === 'retry');
  const item = view.items[at];
  if (item?.kind === 'retry' && !item.over) view.items[at] = { ...item, over: true };
}
