import type { OpenApproval, OpenQuestion } from '../wire.ts';
import type { Resolution } from './view.ts';

/** What asks for an answer, as a card. Pure: the elements only draw it. */
export interface Card {
  id: string;
  kind: 'approval' | 'question';
  approval?: OpenApproval;
  question?: OpenQuestion;
  conversationId: string;
  /** open: can be answered. answered: from here, on its way. resolved: the journal says so, leaves soon. refused: the answer was. */
  state: 'open' | 'answered' | 'resolved' | 'refused';
  /** one line for whatever is not open any more */
  line: string;
  /** when a resolved one leaves */
  until: number;
  /** it was answered from here, also when the outbox has let go of the answer before the journal shows it */
  mine?: boolean;
}

export interface Answer {
  target: string;
  state: 'local' | 'sent' | 'refused';
  text: string;
  kind: 'approval' | 'answer';
  problem?: string;
}

/** How long an answered card stays as a line, so that nothing jumps at once. */
export const STAYS_MS = 4000;

const DECIDED: Record<string, string> = { allow: 'Allowed', always: 'Always allowed', deny: 'Denied', withdrawn: 'Taken back by the agent', answered: 'Answered' };

/**
 * The next list of cards. A card that was there keeps its place for as long as it lives; new ones come below; one that is
 * answered stays for a while as one line. So no button ever stands for something else than a moment ago.
 *
 * @param resolved what the journal says of those that are not open any more, by id
 * @param known whether the list of open ones is the server's of now; else nothing is taken away
 */
export function nextCards(
  before: readonly Card[], approvals: readonly OpenApproval[], questions: readonly OpenQuestion[],
  resolved: (id: string) => Resolution | undefined, answers: readonly Answer[], now: number, known = true,
): Card[] {
  const open = new Map<string, Card>();
  for (const a of approvals) if (!resolved(a.id)) open.set(a.id, { id: a.id, kind: 'approval', approval: a, conversationId: a.conversationId, state: 'open', line: '', until: 0 });
  for (const q of questions) if (!resolved(q.id)) open.set(q.id, { id: q.id, kind: 'question', question: q, conversationId: q.conversationId, state: 'open', line: '', until: 0 });

  const out: Card[] = [];
  for (const card of before) {
    const still = open.get(card.id);
    open.delete(card.id);
    if (still) out.push(withAnswer(still, answers, card));
    else if (card.state === 'resolved') {
      if (card.until > now) out.push(card);
    } else if (!known) out.push(withAnswer(card, answers, card));
    else out.push({ ...card, state: 'resolved', until: now + STAYS_MS, line: lineOf(card, resolved(card.id), answers) });
  }
  const opened = (c: Card) => c.approval?.openedAt ?? c.question?.openedAt ?? '';
  const fresh = [...open.values()].sort((a, b) => opened(a).localeCompare(opened(b)) || a.id.localeCompare(b.id));
  return [...out, ...fresh.map((card) => withAnswer(card, answers))];
}

function withAnswer(card: Card, answers: readonly Answer[], before?: Card): Card {
  const answer = answers.findLast((a) => a.target === card.id);
  if (!answer) {
    // The workspace has taken it, and its event is on the way: the card does not open once more for that moment.
    if (before?.mine && before.state === 'answered') return { ...card, state: 'answered', line: before.line, mine: true };
    const by = card.approval?.answeredBy ?? card.question?.answeredBy;
    return by ? { ...card, state: 'answered', line: `Answered by ${by} · waiting for the workspace` } : { ...card, state: 'open', line: '' };
  }
  if (answer.state === 'refused') return { ...card, state: 'refused', line: answer.problem ?? 'The server refused it.' };
  const what = answer.kind === 'answer' ? `Answered: ${answer.text}` : DECIDED[answer.text] ?? answer.text;
  return { ...card, mine: true, state: 'answered', line: `${what} · ${answer.state === 'local' ? 'on this phone, will be sent' : 'sent, waiting for the workspace'}` };
}

function lineOf(card: Card, resolution: Resolution | undefined, answers: readonly Answer[]): string {
  const mine = card.mine || card.state === 'answered' || answers.some((a) => a.target === card.id);
  const what = resolution ? (DECIDED[resolution.decision] ?? resolution.decision) : mine ? card.line.split(' · ')[0]! : 'Answered';
  if (mine || resolution?.decision === 'withdrawn') return what;
  return resolution?.by && resolution.by !== 'agent' ? `${what} elsewhere, by ${resolution.by}` : `${what} elsewhere`;
}
