/** The checkpoints' part of the REST API: docs/architecture.md, section 2. */

export interface Checkpoint {
  checkpointId: string;
  why: 'begin' | 'turn' | 'restore';
  turnId: string | null;
  since: string | null;
  files: number;
  additions: number;
  deletions: number;
  takenAt: string;
  leftOut: { path: string; why: string }[];
  leftOutTotal: number;
}
export interface Restored {
  commandId: string;
  checkpointId: string;
  path: string | null;
  /** set when only one change of the file was taken back */
  hunk: object | null;
  beforeId: string;
  files: number;
  kept: { path: string; why: string }[];
  keptTotal: number;
  stopped: string | null;
  by: string;
}
export interface Checkpoints {
  checkpoints: Checkpoint[];
  restored: Restored[];
}
export interface FileChange {
  path: string;
  status: 'A' | 'M' | 'D' | 'T';
  additions: number;
  deletions: number;
  binary: boolean;
  oldSize: number | null;
  size: number | null;
  oldMode: string | null;
  mode: string | null;
}
export interface Changes {
  from: string;
  to: string;
  total: number;
  additions: number;
  deletions: number;
  files: FileChange[];
  more: boolean;
}
export interface Diff {
  path: string;
  status: string;
  binary: boolean;
  oldMode: string | null;
  mode: string | null;
  unified: string;
  truncated: boolean;
  /** of the new file; null: nobody knows */
  lines: number | null;
}

/** What went wrong, in words for a person. */
export class CallProblem extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

const part = encodeURIComponent;
const query = (fields: Record<string, string | number | boolean | undefined>) =>
  new URLSearchParams(Object.entries(fields).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]]))).toString();

async function call(url: string, signal?: AbortSignal): Promise<Response> {
  // The first checkpoint of a large project reads all of it.
  const late = AbortSignal.timeout(60_000);
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', signal: signal ? AbortSignal.any([signal, late]) : late });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new CallProblem(0, 'The server does not answer.');
  }
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { detail?: string; todo?: string };
  throw new CallProblem(response.status, [said.detail ?? `The server answered ${response.status}.`, said.todo].filter(Boolean).join(' '));
}

const at = (workspaceId: string, checkpointId: string) => `/api/v1/workspaces/${part(workspaceId)}/checkpoints/${part(checkpointId)}`;

export const api = {
  async checkpoints(conversationId: string, signal?: AbortSignal): Promise<Checkpoints> {
    return (await call(`/api/v1/conversations/${part(conversationId)}/checkpoints`, signal)).json() as Promise<Checkpoints>;
  },
  /** @param to a checkpoint, or `now` */
  async changes(workspaceId: string, from: string, to: string, after?: string, signal?: AbortSignal): Promise<Changes> {
    return (await call(`${at(workspaceId, from)}/changes?${query({ to, after, limit: 1000 })}`, signal)).json() as Promise<Changes>;
  },
  async diff(workspaceId: string, from: string, to: string, path: string, whole: boolean, signal?: AbortSignal): Promise<Diff> {
    return (await call(`${at(workspaceId, from)}/diff?${query({ to, path, context: whole ? 1_000_000 : 3, whole: whole || undefined })}`, signal)).json() as Promise<Diff>;
  },
  /** @returns the file's bytes at the checkpoint, as an image of the type that its name says */
  async picture(workspaceId: string, checkpoint: string, path: string, signal?: AbortSignal): Promise<Blob> {
    return pictureOf(path, await (await call(`${at(workspaceId, checkpoint)}/file?${query({ path })}`, signal)).arrayBuffer());
  },
};

const PICTURES: Record<string, string> = {
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', avif: 'image/avif', svg: 'image/svg+xml', ico: 'image/x-icon', bmp: 'image/bmp',
};
export const pictureOf = (path: string, content: ArrayBuffer): Blob => new Blob([content], { type: PICTURES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] });
export const isPicture = (path: string): boolean => path.slice(path.lastIndexOf('.') + 1).toLowerCase() in PICTURES;
