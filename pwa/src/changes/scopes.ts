import type { Checkpoints } from './api.ts';

/** What two states are compared. */
export interface Scope {
  id: string;
  label: string;
  from: string;
  /** a checkpoint, or `now` */
  to: string;
  /** what the first state is, in words that go on after "as it was" */
  before: string;
  /** the same of the second one; null when it is the present */
  after: string | null;
}

const clock = (at: string): string => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/**
 * Newest first, and at last all since the beginning; none when nothing is kept yet. A turn that changed nothing is left out, but for the last one.
 *
 * @param titles what a turn was about; empty when nobody knows
 */
export function scopesOf({ checkpoints }: Pick<Checkpoints, 'checkpoints'>, titles: (turnId: string) => string): Scope[] {
  if (checkpoints.length === 0) return [];
  const scopes: Scope[] = [];
  const turns = checkpoints.filter((c) => c.why === 'turn' && c.since !== null);
  turns.forEach((c, i) => {
    if (c.files === 0 && i < turns.length - 1) return;
    const title = (c.turnId && titles(c.turnId)) || `the turn of ${clock(c.takenAt)}`;
    const name = title.startsWith('the turn') ? title : `“${title}”`;
    scopes.unshift({ id: c.checkpointId, label: `${i === turns.length - 1 ? 'Last turn: ' : ''}${title}, ${clock(c.takenAt)}`, from: c.since!, to: c.checkpointId, before: `before ${name}`, after: `after ${name}` });
  });
  const begin = checkpoints[0]!;
  scopes.push({ id: 'all', label: 'Since the conversation began', from: begin.checkpointId, to: 'now', before: 'when the conversation began', after: null });
  return scopes;
}
