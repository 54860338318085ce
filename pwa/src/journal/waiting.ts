import type { Entry } from '../outbox/entries.ts';
import { ON_THIS_PHONE, SENT, stateWords } from '../text/words.ts';
import type { Attachment, PendingCommand } from '../wire.ts';
import type { View } from './view.ts';

/** A message that is on its way to its turn, with where it is in words. */
export interface Waiting {
  messageId: string;
  text: string;
  attachments: Attachment[];
  attachmentCount: number;
  state: string;
  /** the workspace's queue has it */
  queued: boolean;
  /** why it came back, or why it was refused */
  note?: string;
  /** the server or the workspace will never take it */
  refused: boolean;
  /** the outbox entry, when this browser has one */
  entryId?: string;
}

/** The queue as it will be once everything that is on its way has arrived. Pure. */
export function waiting(view: View, entries: readonly Entry[], pending: readonly PendingCommand[]): Waiting[] {
  const withdrawn = new Set(entries.filter((e) => e.kind === 'withdraw' && e.state !== 'refused').map((e) => e.target));
  const edits = new Map(entries.filter((e) => e.kind === 'edit' && e.state !== 'refused').map((e) => [e.target, e]));
  const out: Waiting[] = [];

  const order = reordered(view.queue, entries);
  order.forEach((id, i) => {
    const message = view.messages.get(id);
    if (!message || withdrawn.has(id)) return;
    const edit = edits.get(id);
    out.push({
      messageId: id, text: edit?.text ?? message.text, attachments: message.attachments, attachmentCount: message.attachmentCount,
      state: edit?.state === 'local' ? ON_THIS_PHONE : stateWords('queued', i + 1), queued: true, note: message.note, refused: false,
    });
  });

  const mine = new Set<string>();
  for (const entry of entries) {
    if (entry.kind !== 'message' || view.messages.has(entry.id)) continue;
    mine.add(entry.id);
    if (withdrawn.has(entry.id)) continue;
    const known = pending.find((p) => p.id === entry.id);
    const refusal = known?.state === 'refused' ? known : undefined;
    const attachments = (entry.body as { attachments?: Attachment[] } | null)?.attachments ?? [];
    out.push({
      messageId: entry.id, text: edits.get(entry.id)?.text ?? entry.text ?? '', attachments, attachmentCount: attachments.length,
      state: entry.state === 'refused' || refusal ? 'failed' : entry.state === 'local' ? ON_THIS_PHONE : SENT, queued: false,
      refused: entry.state === 'refused' || !!refusal,
      note: known?.why ?? (entry.problem ? [entry.problem.detail, entry.problem.todo].filter(Boolean).join(' ') : undefined),
      entryId: entry.id,
    });
  }

  // Said on another device, and not yet in the workspace.
  for (const command of pending) {
    const id = command.messageId ?? command.id;
    if (command.text == null || !/^(enqueue|message)$/.test(command.kind) || mine.has(id) || mine.has(command.id) || view.messages.has(id)) continue;
    out.push({
      messageId: id, text: command.text, attachments: [], attachmentCount: 0, state: command.state === 'refused' ? 'failed' : SENT, queued: false,
      refused: command.state === 'refused', note: command.why ?? undefined,
    });
  }
  return out;
}

function reordered(queue: readonly string[], entries: readonly Entry[]): string[] {
  let order = [...queue];
  for (const entry of entries) {
    if (entry.kind !== 'move' || entry.state === 'refused' || !order.includes(entry.target!)) continue;
    const before = (entry.body as { before?: string | null }).before ?? null;
    if (before !== null && !order.includes(before)) continue; // it has happened, and the other one has left
    order = order.filter((id) => id !== entry.target);
    const at = before === null ? -1 : order.indexOf(before);
    if (at < 0) order.push(entry.target!);
    else order.splice(at, 0, entry.target!);
  }
  return order;
}
