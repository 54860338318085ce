/** What goes over the wire: docs/architecture.md, sections 2 and 6. Fields that may be missing are marked. */

export interface Attachment {
  name: string;
  mediaType: string;
  /** base64 */
  data: string;
}
export interface FileDiff {
  path: string;
  added: number;
  removed: number;
  /** lines of a unified diff without file headers */
  unified: string;
}
export interface ApprovalOption {
  id: 'allow' | 'always' | 'deny' | string;
  label: string;
  detail?: string | null;
}
export interface QuestionOption {
  label: string;
  description?: string | null;
}
export interface QuestionItem {
  question: string;
  header: string;
  multiSelect: boolean;
  options: QuestionOption[];
}
export interface PlanEntry {
  content: string;
  status: 'pending' | 'in_progress' | 'completed' | string;
}
export interface SlashCommand {
  name: string;
  description: string;
  argumentHint?: string | null;
}
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  costUsd?: number | null;
  contextTokens?: number | null;
  contextWindow?: number | null;
  durationMs: number;
}

/** One numbered entry of a journal. Types that are not known are skipped by the reader, so the fields stay open. */
export interface JournalEvent {
  seq: number;
  at: string;
  type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [field: string]: any;
}

export interface Delta {
  messageId: string;
  kind: 'text' | 'thinking';
  offset: number;
  text: string;
}

export interface PendingCommand {
  id: string;
  kind: string;
  messageId?: string | null;
  text?: string | null;
  state: 'stored' | 'delivering' | 'refused';
  why?: string | null;
  at?: string;
}

export interface Step {
  step: string;
  done: boolean;
  detail?: string | null;
  ms?: number | null;
}
export interface WorkspaceInfo {
  id: string;
  project: string;
  provider?: string;
  branch?: string | null;
  state: string;
  online: boolean;
  reason?: string | null;
  todo?: string | null;
  steps?: Step[];
  /** it stopped by itself: whatever a person does in it starts it */
  rested?: boolean;
  keepAwakeUntil?: string | null;
  warnings?: string[];
}
export interface QueuedMessage {
  messageId: string;
  text: string;
  by?: string;
  attachments?: number | Attachment[];
}
export interface ConversationInfo {
  id: string;
  title?: string | null;
  agent: string;
  agentLabel?: string;
  mode?: string | null;
  modes?: { id: string; label: string }[];
  working?: boolean;
  workspace: WorkspaceInfo;
  commands?: SlashCommand[];
  usage?: (Partial<Usage> & { totalCostUsd?: number | null }) | null;
  /** What waits, in order: so that a page that reads only the journal's tail knows the older ones too. */
  queue?: QueuedMessage[];
  lastSeq?: number;
  paused?: { by?: string; why?: string } | boolean | null;
}

export interface Where {
  workspaceId: string;
  project: string;
  conversationId: string;
}
export interface OpenApproval extends Where {
  id: string;
  conversationTitle?: string | null;
  agentLabel?: string;
  tool: string;
  title: string;
  input: unknown;
  options: ApprovalOption[];
  openedAt: string;
  /** somebody answered; the workspace has not taken it yet */
  answeredBy?: string | null;
}
export interface OpenQuestion extends Where {
  id: string;
  conversationTitle?: string | null;
  agentLabel?: string;
  questions: QuestionItem[];
  openedAt: string;
  answeredBy?: string | null;
}
export interface Failure extends Where {
  title?: string | null;
  what: string;
  todo?: string | null;
  at: string;
}
export interface Working extends Where {
  title?: string | null;
  line?: string | null;
  since: string;
  queued?: number;
}
export interface Finished extends Where {
  title?: string | null;
  line?: string | null;
  at: string;
  outcome?: string;
}
export interface WorkspaceLine {
  id: string;
  project: string;
  state: string;
  online: boolean;
  branch?: string | null;
  conversations: { id: string; title?: string | null; state: string; updatedAt?: string }[];
}
export interface Overview {
  approvals: OpenApproval[];
  questions: OpenQuestion[];
  failures: Failure[];
  working: Working[];
  finished: Finished[];
  workspaces: WorkspaceLine[];
}
export const EMPTY_OVERVIEW: Overview = {
  approvals: [], questions: [], failures: [], working: [], finished: [], workspaces: [],
};

/** RFC 9457, with what to do. */
export interface Problem {
  status: number;
  detail: string;
  todo?: string;
}
