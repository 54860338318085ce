/** The project's own git in the REST API: docs/architecture.md, section 9. */
import { CallProblem, pictureOf } from './api.ts';
import type { Diff, FileChange } from './api.ts';

export interface Entry {
  path: string;
  from: string | null;
  /** as git has it; `?` not in git, `U` conflict */
  status: string;
  /** which sides have it: `UU`, `DU` …; null: no conflict */
  conflict: string | null;
  /** a submodule, or a repository of its own */
  repository: boolean;
}
export interface Status {
  branch: string | null;
  head: string | null;
  upstream: string | null;
  ahead: number | null;
  behind: number | null;
  operation: 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect' | null;
  stashes: number;
  staged: Entry[];
  unstaged: Entry[];
  conflicts: Entry[];
  more: boolean;
}
export interface Job {
  id: string;
  what: 'fetch' | 'pull' | 'push' | 'pull-request';
  state: 'running' | 'done' | 'failed';
  startedAt: string;
  progress: string | null;
  error: string | null;
  todo: string | null;
  kind: string | null;
  output: string;
  url: string | null;
}
export interface Overview {
  repository: boolean;
  status: Status | null;
  author: { name: string; email: string } | null;
  remotes: { name: string; url: string }[];
  remote: string | null;
  base: string | null;
  compare: string | null;
  program: string | null;
  job: Job | null;
}
export interface Branch {
  name: string;
  remote: boolean;
  current: boolean;
  upstream: string | null;
  at: string;
  subject: string;
}
export interface Stash {
  number: number;
  oid: string;
  message: string;
  at: string;
}
export interface Commit {
  oid: string;
  author: string;
  at: string;
  subject: string;
  refs: string[];
  unpushed: boolean;
}
export interface Shown {
  oid: string;
  message: string;
  author: string;
  email: string;
  at: string;
  files: Entry[];
  more: boolean;
}
export interface Undo {
  checkpointId: string;
  paths: string[];
  kept: { path: string; why: string }[];
}

/** git did not do it: its words, and what it is about. */
export class GitProblem extends CallProblem {
  readonly kind: string;
  readonly todo: string;
  readonly output: string;

  constructor(status: number, words: string, todo: string, kind: string, output: string) {
    super(status, words);
    this.todo = todo;
    this.kind = kind;
    this.output = output;
  }
}

const query = (fields: Record<string, string | number | boolean | null | undefined>) =>
  new URLSearchParams(Object.entries(fields).flatMap(([k, v]) => (v === undefined || v === null ? [] : [[k, String(v)]]))).toString();

/** Hooks of a commit may take minutes. */
const PATIENCE = 300_000;

async function send(workspaceId: string, method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const late = AbortSignal.timeout(PATIENCE);
  let response: Response;
  try {
    response = await fetch(`/api/v1/workspaces/${encodeURIComponent(workspaceId)}/git${path}`, {
      method, credentials: 'same-origin', cache: 'no-store', signal: signal ? AbortSignal.any([signal, late]) : late,
      headers: body ? { 'content-type': 'application/json' } : {}, body: body ? JSON.stringify(body) : undefined,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new GitProblem(0, 'The server does not answer.', 'Look again when the page is online: git may have done it.', 'offline', '');
  }
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { detail?: string; todo?: string; kind?: string; output?: string };
  throw new GitProblem(response.status, said.detail ?? `The server answered ${response.status}.`, said.todo ?? '', said.kind ?? 'other', said.output ?? '');
}

const json = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;

export const gitApi = {
  overview: (id: string, signal?: AbortSignal) => json<Overview>(send(id, 'GET', '', undefined, signal)),
  init: (id: string) => json<Overview>(send(id, 'POST', '/init')),
  /** @param paths null: everything */
  stage: (id: string, paths: string[] | null) => json<Overview>(send(id, 'POST', '/stage', paths ? { paths } : { all: true })),
  unstage: (id: string, paths: string[] | null) => json<Overview>(send(id, 'POST', '/unstage', paths ? { paths } : { all: true })),
  discard: (id: string, paths: string[]) => json<Undo>(send(id, 'POST', '/discard', { paths })),
  undo: (id: string, undo: Undo) => json<{ kept: Undo['kept'] }>(send(id, 'POST', '/discard/undo', { checkpointId: undo.checkpointId, paths: undo.paths })),
  commit: (id: string, message: string, head: string | null) => json<{ head: string; output: string }>(send(id, 'POST', '/commit', { message, head })),
  author: (id: string, name: string, email: string) => json<Overview>(send(id, 'PUT', '/author', { name, email })),
  remote: (id: string, url: string) => json<Overview>(send(id, 'PUT', '/remote', { url })),
  branches: async (id: string) => (await json<{ branches: Branch[] }>(send(id, 'GET', '/branches'))).branches,
  newBranch: (id: string, name: string) => json<Overview>(send(id, 'POST', '/branches', { name })),
  switchTo: (id: string, branch: Branch) => json<Overview>(send(id, 'POST', '/switch', { name: branch.name, remote: branch.remote })),
  stashes: async (id: string) => (await json<{ stashes: Stash[] }>(send(id, 'GET', '/stashes'))).stashes,
  stash: (id: string, message: string) => json<Overview>(send(id, 'POST', '/stashes', { message })),
  pop: (id: string, stash: Stash) => json<Overview>(send(id, 'POST', '/stashes/pop', { number: stash.number, oid: stash.oid })),
  log: (id: string, skip: number) => json<{ commits: Commit[]; more: boolean }>(send(id, 'GET', `/log?${query({ skip, limit: 50 })}`)),
  commitOf: (id: string, oid: string) => json<Shown>(send(id, 'GET', `/commits/${encodeURIComponent(oid)}`)),
  resolve: (id: string, path: string, take: 'ours' | 'theirs' | 'merged') => json<Undo>(send(id, 'POST', '/resolve', { path, take })),
  goOn: (id: string) => json<{ output: string }>(send(id, 'POST', '/continue')),
  abort: (id: string) => json<{ checkpointId: string }>(send(id, 'POST', '/abort')),
  /** @param what also `pull-request`, with title, body, base, draft. @param jobId made here: the same again is the same job */
  begin: (id: string, what: Job['what'], jobId: string, more: object = {}) => json<Job>(send(id, 'POST', `/${what}`, { ...more, id: jobId })),
  stop: (id: string, jobId: string) => send(id, 'DELETE', `/job/${encodeURIComponent(jobId)}`),
  /** What `cv-file-diff` shows of one file. */
  source(id: string, path: string, from: string | null, side: string) {
    const picture = async (state: 'old' | 'new', signal: AbortSignal) =>
      pictureOf(path, await (await send(id, 'GET', `/file?${query({ path: state === 'old' && from ? from : path, side, state })}`, undefined, signal)).arrayBuffer());
    return {
      diff: (whole: boolean, signal: AbortSignal) =>
        json<Diff>(send(id, 'GET', `/diff?${query({ path, from, side, context: whole ? 1_000_000 : 3, whole: whole || undefined })}`, undefined, signal)),
      before: (signal: AbortSignal) => picture('old', signal),
      after: (signal: AbortSignal) => picture('new', signal),
    };
  },
};

/** @returns an entry as `cv-file-diff` wants it; lines are not counted here */
export function changeOf(entry: Entry): FileChange {
  const status = entry.status === '?' || entry.status === 'A' ? 'A' : entry.status === 'D' ? 'D' : 'M';
  return { path: entry.path, status, additions: 0, deletions: 0, binary: false, oldSize: null, size: null, oldMode: null, mode: null };
}
