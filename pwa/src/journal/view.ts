import type { ApprovalOption, Attachment, FileDiff, PlanEntry, QuestionItem, SlashCommand, Usage } from '../wire.ts';

/** What a conversation's log shows, oldest first. Items are replaced, never changed, so that elements see what is new. */
export type Item =
  | YouItem | TextItem | ThinkingItem | ToolItem | AnsweredItem | PlanItem | LineItem | RetryItem | FailedItem | TurnEndItem;

interface Base {
  /** stable over the item's life, unique in the log */
  key: string;
  at: string;
}
export type MessageState = 'queued' | 'running' | 'said' | 'done' | 'interrupted' | 'failed' | 'withdrawn';

export interface Message {
  messageId: string;
  text: string;
  by: string;
  at: string;
  attachments: Attachment[];
  attachmentCount: number;
  state: MessageState;
  /** why it came back into the queue */
  note?: string;
}
export interface YouItem extends Base {
  kind: 'you';
  message: Message;
}
export interface TextItem extends Base {
  kind: 'text';
  markdown: string;
  parentToolId?: string;
  live: boolean;
  /** pieces are missing: the finished text will fill them */
  gap?: boolean;
}
export interface ThinkingItem extends Base {
  kind: 'thinking';
  markdown: string;
  parentToolId?: string;
  live: boolean;
}
export interface ToolItem extends Base {
  kind: 'tool';
  toolId: string;
  name: string;
  title: string;
  input: unknown;
  parentToolId?: string;
  /** subagents deep, 0 for the agent itself */
  depth: number;
  state: 'running' | 'ok' | 'failed' | 'unknown';
  output: string;
  outputBytes: number;
  summary?: string;
  diffs: FileDiff[];
}
/** An approval or question that is answered; open ones are cards, not lines of the log. */
export interface AnsweredItem extends Base {
  kind: 'answered';
  what: 'approval' | 'question';
  title: string;
  decision: string;
  by: string;
  message?: string;
}
export interface PlanItem extends Base {
  kind: 'plan';
  entries: PlanEntry[];
}
export interface LineItem extends Base {
  kind: 'line';
  text: string;
  tone: 'quiet' | 'wait' | 'bad';
}
export interface RetryItem extends Base {
  kind: 'retry';
  why: string;
  attempt: number;
  maxAttempts: number;
  delayMs: number;
  over: boolean;
}
export interface FailedItem extends Base {
  kind: 'failed';
  what: string;
  todo: string;
}
export interface TurnEndItem extends Base {
  kind: 'turn-end';
  outcome: string;
  why?: string;
  usage?: Usage;
}

export interface Approval {
  id: string;
  tool: string;
  title: string;
  input: unknown;
  options: ApprovalOption[];
  openedAt: string;
}
export interface Question {
  id: string;
  questions: QuestionItem[];
  openedAt: string;
}
export interface Resolution {
  decision: string;
  by: string;
  message?: string;
  answers?: Record<string, string>;
}

export interface View {
  items: Item[];
  messages: Map<string, Message>;
  /** ids of waiting messages in order */
  queue: string[];
  paused: { by: string; why: string } | null;
  turn: { turnId: string; messageId: string | null; at: string } | null;
  approvals: Map<string, Approval>;
  questions: Map<string, Question>;
  resolved: Map<string, Resolution>;
  mode: string | null;
  model: string | null;
  commands: SlashCommand[] | null;
  usage: Usage | null;
  /** ids of texts that are finished: their deltas are of no use any more */
  finishedTexts: Set<string>;
  lastTurnEnd: TurnEndItem | null;
  /** what a turn was about: its message's id */
  turns: Map<string, string>;
  /** the last event that says something of checkpoints */
  checkpointSeq: number;
}

export function emptyView(): View {
  return {
    items: [], messages: new Map(), queue: [], paused: null, turn: null, approvals: new Map(), questions: new Map(),
    resolved: new Map(), mode: null, model: null, commands: null, usage: null, finishedTexts: new Set(), lastTurnEnd: null, turns: new Map(), checkpointSeq: 0,
  };
}
