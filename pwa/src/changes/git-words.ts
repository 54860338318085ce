import type { Entry, Job, Status } from './git-api.ts';

/** What git's letters and states mean, in words. Pure. */

const STATUS: Record<string, string> = { A: 'new', M: 'changed', D: 'deleted', R: 'renamed', C: 'copied', T: 'other type', '?': 'new', U: 'conflict' };
const SIDES: Record<string, string> = {
  UU: 'both changed it', AA: 'both made it', DD: 'both deleted it', AU: 'only here', UA: 'only there', DU: 'deleted here', UD: 'deleted there',
};

export const statusWords = (e: Entry): string => e.conflict ? (SIDES[e.conflict] ?? 'conflict') : e.repository ? 'repository' : (STATUS[e.status] ?? e.status);

/** In a rebase git calls the other branch ours, and one's own commit theirs. */
export function sideNames(status: Status): { ours: string; theirs: string } {
  return status.operation === 'rebase' ? { ours: 'Take upstream’s', theirs: 'Take mine' } : { ours: 'Take mine', theirs: 'Take theirs' };
}

export const files = (n: number): string => `${n} ${n === 1 ? 'file' : 'files'}`;

const DOING: Record<Job['what'], string> = { fetch: 'Fetching', pull: 'Pulling', push: 'Pushing', 'pull-request': 'Asking for the pull request' };
const DONE: Record<Job['what'], string> = { fetch: 'Fetched.', pull: 'Pulled.', push: 'Pushed.', 'pull-request': 'The pull request is there.' };
const FAILED: Record<Job['what'], string> = { fetch: 'Not fetched', pull: 'Not pulled', push: 'Not pushed', 'pull-request': 'No pull request' };

export function jobWords(job: Job): string {
  if (job.state === 'running') return `${DOING[job.what]}${job.progress ? `: ${job.progress}` : ''}`;
  if (job.state === 'failed') return `${FAILED[job.what]}: ${job.error ?? 'git did not say why.'}`;
  if (job.what === 'pull' && /Already up to date/.test(job.output)) return 'Nothing to pull: already up to date.';
  if (job.what === 'push' && /Everything up-to-date/.test(job.output)) return 'Nothing to push: everything is there.';
  return DONE[job.what];
}

/** What is where, against the remote's branch. */
export function place(status: Status): string {
  if (!status.upstream) return status.head ? 'not pushed yet' : 'no commit yet';
  const parts = [status.ahead ? `${status.ahead} to push` : '', status.behind ? `${status.behind} to pull` : ''].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : `as ${status.upstream}`;
}
