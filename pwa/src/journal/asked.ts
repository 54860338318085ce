import type { OpenApproval, OpenQuestion } from '../wire.ts';
import type { View } from './view.ts';

/** Where it is asked, for whoever shows it. */
export interface Asker {
  workspaceId: string;
  project: string;
  conversationId: string;
  agentLabel: string;
}

/** What only a person can answer in a conversation: what its journal says, and what the server's overview knows of it before. Pure. */
export function openApprovals(view: View, overview: readonly OpenApproval[], asker: Asker): OpenApproval[] {
  return merged<OpenApproval>([...view.approvals.values()].map((a) => ({ ...a, ...asker })), overview, view, asker);
}

export function openQuestions(view: View, overview: readonly OpenQuestion[], asker: Asker): OpenQuestion[] {
  return merged<OpenQuestion>([...view.questions.values()].map((q) => ({ ...q, ...asker })), overview, view, asker);
}

function merged<T extends OpenApproval | OpenQuestion>(journal: readonly T[], overview: readonly T[], view: View, asker: Asker): T[] {
  const all = new Map(journal.map((request) => [request.id, request]));
  // Only the overview knows whether somebody has answered and the workspace has not taken it yet.
  for (const o of overview) if (o.conversationId === asker.conversationId && !view.resolved.has(o.id)) all.set(o.id, { ...o, ...all.get(o.id), answeredBy: o.answeredBy });
  return [...all.values()];
}
