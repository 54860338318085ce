import type { Attachment, Problem } from '../wire.ts';

/** A write of a person: made here, kept here until the journal shows it. */
export interface Entry {
  /** place in the order of all writes of this browser; given by the store */
  order?: number;
  /** UUID, made before anything else; the server takes it once */
  id: string;
  conversationId: string;
  kind: Kind;
  method: 'PUT' | 'PATCH' | 'DELETE' | 'POST';
  path: string;
  body: unknown;
  /** local: nobody else has it. sent: the server has it. refused: the server will never take it. */
  state: 'local' | 'sent' | 'refused';
  at: number;
  attempts: number;
  /** when the server took it */
  sentAt?: number;
  problem?: Problem;
  /** what it is about: message, approval or question */
  target?: string;
  /** a message's text, for the screen */
  text?: string;
}
export type Kind = 'message' | 'edit' | 'move' | 'withdraw' | 'say-now' | 'approval' | 'answer' | 'interrupt' | 'mode' | 'pause' | 'resume' | 'restore';

const api = (conversationId: string) => `/api/v1/conversations/${encodeURIComponent(conversationId)}`;

export type Wanted = Omit<Entry, 'state' | 'at' | 'attempts' | 'order' | 'sentAt'>;

/** The writes of section 6, each with its own id. */
export const write = {
  message(conversationId: string, id: string, text: string, when: 'queue' | 'now', attachments: Attachment[]): Wanted {
    return {
      id, conversationId, kind: 'message', method: 'PUT', path: `${api(conversationId)}/messages/${id}`,
      body: { text, when, attachments }, target: id, text,
    };
  },
  edit(conversationId: string, id: string, messageId: string, text: string): Wanted {
    return patch(conversationId, id, messageId, 'edit', { id, text }, text);
  },
  move(conversationId: string, id: string, messageId: string, before: string | null): Wanted {
    return patch(conversationId, id, messageId, 'move', { id, before });
  },
  sayNow(conversationId: string, id: string, messageId: string): Wanted {
    return patch(conversationId, id, messageId, 'say-now', { id, when: 'now' });
  },
  withdraw(conversationId: string, id: string, messageId: string): Wanted {
    return {
      id, conversationId, kind: 'withdraw', method: 'DELETE', path: `${api(conversationId)}/messages/${encodeURIComponent(messageId)}?id=${id}`,
      body: null, target: messageId,
    };
  },
  approval(conversationId: string, id: string, approvalId: string, decision: 'allow' | 'always' | 'deny', message: string | null): Wanted {
    return {
      id, conversationId, kind: 'approval', method: 'PUT', path: `/api/v1/approvals/${encodeURIComponent(approvalId)}/answer`,
      body: { id, decision, message }, target: approvalId, text: decision,
    };
  },
  answer(conversationId: string, id: string, questionId: string, answers: Record<string, string>): Wanted {
    return {
      id, conversationId, kind: 'answer', method: 'PUT', path: `/api/v1/questions/${encodeURIComponent(questionId)}/answer`,
      body: { id, answers }, target: questionId, text: Object.values(answers).join(' · '),
    };
  },
  interrupt(conversationId: string, id: string): Wanted {
    return { id, conversationId, kind: 'interrupt', method: 'POST', path: `${api(conversationId)}/interrupt`, body: { id } };
  },
  mode(conversationId: string, id: string, mode: string): Wanted {
    return { id, conversationId, kind: 'mode', method: 'PUT', path: `${api(conversationId)}/mode`, body: { id, mode }, text: mode };
  },
  pause(conversationId: string, id: string): Wanted {
    return { id, conversationId, kind: 'pause', method: 'POST', path: `${api(conversationId)}/queue/pause`, body: { id } };
  },
  /** @param hunk the only change of the file; null: all of it. @param words what is restored, for the screen */
  restore(conversationId: string, id: string, checkpointId: string, path: string | null, hunk: object | null, words: string): Wanted {
    return { id, conversationId, kind: 'restore', method: 'POST', path: `${api(conversationId)}/restore`, body: { id, checkpointId, path, hunk }, text: words };
  },
  resume(conversationId: string, id: string): Wanted {
    return { id, conversationId, kind: 'resume', method: 'POST', path: `${api(conversationId)}/queue/resume`, body: { id } };
  },
};

function patch(conversationId: string, id: string, messageId: string, kind: Kind, body: unknown, text?: string): Wanted {
  return {
    id, conversationId, kind, method: 'PATCH', path: `${api(conversationId)}/messages/${encodeURIComponent(messageId)}`, body, target: messageId, text,
  };
}

/** What an attempt gave. */
export type Outcome =
  | { what: 'taken' }
  | { what: 'refused'; problem: Problem }
  | { what: 'later' }
  | { what: 'login' };

/** @returns what an HTTP status means for a write that may be repeated */
export function outcomeOf(status: number, problem: Partial<Problem>): Outcome {
  if (status >= 200 && status < 300) return { what: 'taken' };
  if (status === 401) return { what: 'login' };
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status < 200) return { what: 'later' };
  const known: Record<number, string> = {
    403: 'The server refused it: not allowed.', 404: 'The server does not know it any more.', 409: 'It was already answered.', 413: 'It is too large.',
  };
  return {
    what: 'refused',
    problem: { status, detail: problem.detail || known[status] || `The server refused it (${status}).`, todo: problem.todo },
  };
}

/**
 * What is to be sent next: the oldest unsent entry of each conversation. An entry waits for those before it in its
 * conversation, so that an edit never overtakes its message; conversations do not wait for each other.
 */
export function nextToSend(entries: readonly Entry[], held: ReadonlySet<string>): Entry | undefined {
  const seen = new Set<string>(held);
  for (const entry of [...entries].sort((a, b) => (a.order ?? 0) - (b.order ?? 0))) {
    if (entry.state !== 'local' || seen.has(entry.conversationId)) continue;
    return entry;
  }
  return undefined;
}
