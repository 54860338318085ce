import { html, nothing } from 'lit';
import type { Entry } from '../outbox/entries.ts';
import type { PendingCommand } from '../wire.ts';
import { copy } from './base.ts';

const WHAT: Record<string, string> = {
  edit: 'Not changed', move: 'Not moved', withdraw: 'Not deleted', 'say-now': 'Not said now', interrupt: 'Not stopped', mode: 'Mode not changed',
  'set-mode': 'Mode not changed', pause: 'Not paused', resume: 'Not resumed', restore: 'Not restored',
};

/**
 * What will never be done, and is no message: those stand in the log.
 *
 * @param mine what the server refused, in this browser's outbox
 * @param theirs what the workspace refused
 * @param discard one of mine was read. @param close one of theirs was
 */
export function refusals(mine: readonly Entry[], theirs: readonly PendingCommand[], discard: (id: string) => void, close: (id: string) => void) {
  const quiet = ['message', 'approval', 'answer'];
  const row = (id: string, what: string, why: string, text: string | undefined, read: () => void) => html`<div class="cv-problem" role="alert" data-refused=${id}>
      <span>${what}: ${why}</span>${text ? html`<button type="button" class="cv-text-button" @click=${() => copy(text)}>Copy</button>` : nothing}
      <button type="button" class="cv-text-button" @click=${read}>Close</button></div>`;
  return [
    ...mine.filter((e) => e.state === 'refused' && !quiet.includes(e.kind)).map((e) =>
      row(e.id, WHAT[e.kind] ?? e.kind, [e.problem?.detail, e.problem?.todo].filter(Boolean).join(' '), e.kind === 'edit' ? e.text : undefined, () => discard(e.id))),
    ...theirs.filter((p) => p.state === 'refused' && !/^(enqueue|message|answer-|approval|answer$)/.test(p.kind)).map((p) =>
      row(p.id, WHAT[p.kind] ?? 'Not done', p.why ?? 'the workspace refused it', undefined, () => close(p.id))),
  ];
}
