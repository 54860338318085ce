import type { Changes, Checkpoints, Restored } from './api.ts';

/** @returns what of the changes concerns a path: a file, or a folder with all that is in it */
export function only(changes: Changes, path: string): Changes {
  const files = changes.files.filter((f) => f.path === path || f.path.startsWith(`${path}/`));
  // Beyond the first page nobody knows; it is said as one change then.
  return { ...changes, files, total: files.length > 0 || !changes.more ? files.length : 1 };
}

/** @param changes from the wanted state to the present: what is new in it goes, what is missing in it comes back */
export function effectWords(changes: Changes): string {
  if (changes.total === 0) return 'It is already like that.';
  const of = (status: string) => changes.files.filter((f) => f.status === status).length;
  const files = (n: number) => `${n}${changes.more ? ' or more' : ''} ${n === 1 ? 'file' : 'files'}`;
  const parts = [
    of('M') + of('T') > 0 ? `${files(of('M') + of('T'))} will be changed` : '', of('A') > 0 ? `${files(of('A'))} made since then will be deleted` : '',
    of('D') > 0 ? `${files(of('D'))} will come back` : '',
  ].filter(Boolean);
  const names = changes.files.slice(0, 3).map((f) => f.path).join(', ');
  return `${parts.join(', ')}: ${names}${changes.total > 3 ? ' and others' : ''}.`;
}

/** @returns the restoration that can be taken back: the last one, until the next turn has ended */
export function lastRestored({ checkpoints, restored }: Checkpoints): Restored | null {
  const last = restored.at(-1);
  if (!last || checkpoints.findLastIndex((c) => c.checkpointId === last.beforeId) < checkpoints.findLastIndex((c) => c.why === 'turn')) return null;
  return last;
}

/** A way back is a restoration too; the way back from that is none. */
export function takesBack(last: Restored, all: readonly Restored[]): boolean {
  let back = false;
  for (let r: Restored | undefined = last; r; ) {
    const { checkpointId, path }: Restored = r;
    r = r.hunk ? undefined : all.find((o) => o.beforeId === checkpointId && o.path === path);
    if (r) back = !back;
  }
  return back;
}

/** @param undone whether it was the way back from another one */
export function restoredWords(r: Restored, undone: boolean): string {
  const what = r.hunk ? `A change of ${r.path}` : (r.path ?? 'Everything');
  const kept = r.keptTotal > 0 ? ` ${r.keptTotal} ${r.keptTotal === 1 ? 'was' : 'were'} not touched: ${r.kept[0]?.path ?? ''}, ${r.kept[0]?.why ?? ''}.` : '';
  return `${what} ${undone ? 'is as it was before the restoration' : 'was restored'}, ${r.files} ${r.files === 1 ? 'file' : 'files'} changed.${kept}${r.stopped ? ` It ended in the middle: ${r.stopped}` : ''}`;
}
