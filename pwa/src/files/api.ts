/** The files' part of the REST API: docs/architecture.md, section 8. */

export interface Entry {
  name: string;
  path: string;
  type: 'file' | 'folder' | 'link' | 'other';
  size: number;
  modified: string;
  mode: string;
  link: { to: string; type: string | null; path: string | null } | null;
  ignored: boolean | null;
  readOnly: boolean;
}
export interface Page {
  path: string;
  tag: string;
  total: number;
  entries: Entry[];
}
export interface Info {
  entry: Entry;
  etag: string | null;
  mime: string | null;
  kind: 'text' | 'markdown' | 'csv' | 'image' | 'pdf' | 'audio' | 'video' | 'binary' | null;
  encoding: string | null;
  project: string;
}
export interface TextWindow {
  line: number | null;
  totalLines: number | null;
  lines: string[];
  next: number;
  at: number;
  cut: boolean;
  info: Info;
}
/** What happened in a folder: `entries` are new or different, `gone` are names; `again`: look at the whole folder. */
export interface Change {
  folder: string;
  entries: Entry[];
  gone: string[];
  again: boolean;
}
export interface Hit {
  path: string;
  name: string;
}
export interface Deleted {
  id: string;
  path: string;
  type: string;
  at: string;
  bytes: number;
}
export interface Match {
  path: string;
  line: number;
  text: string;
  ranges: [number, number][];
}

/** What went wrong, in words for a person. */
export class CallProblem extends Error {
  readonly status: number;
  /** the version that is there, when a save met another one; null: the file is gone */
  readonly current: string | null;
  /** it would be done all the same when it is asked for with force */
  readonly force: boolean;

  constructor(status: number, words: string, current: string | null = null, force = false) {
    super(words);
    this.status = status;
    this.current = current;
    this.force = force;
  }
}

export const query = (fields: Record<string, string | number | boolean | undefined>) =>
  new URLSearchParams(Object.entries(fields).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]]))).toString();

function refusal(status: number, body: string): CallProblem {
  let said: { detail?: string; todo?: string; current?: string | null; force?: boolean } = {};
  try {
    said = JSON.parse(body) as typeof said;
  } catch {
    // Then the status is all there is.
  }
  return new CallProblem(status, [said.detail ?? `The server answered ${status}.`, said.todo].filter(Boolean).join(' '), said.current ?? null, said.force === true);
}

/** @throws CallProblem when it is refused, or the server does not answer within `patience` ms */
export async function ask(url: string, init: RequestInit = {}, patience = 30_000): Promise<Response> {
  const late = AbortSignal.timeout(patience);
  let response: Response;
  try {
    response = await fetch(url, {
      credentials: 'same-origin', cache: 'no-store', ...init, signal: init.signal ? AbortSignal.any([init.signal, late]) : late,
    });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new CallProblem(0, 'The server does not answer.');
  }
  if (response.ok) return response;
  throw refusal(response.status, await response.text().catch(() => ''));
}

/** Takes what is at an address to this device. @param name what it is called there; empty: as the server says */
export function download(url: string, name = ''): void {
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  document.body.append(a);
  a.click();
  a.remove();
}

/** One workspace's files. */
export class FilesApi {
  readonly base: string;

  constructor(workspaceId: string) {
    this.base = `/api/v1/workspaces/${encodeURIComponent(workspaceId)}/files`;
  }

  private call(path: string, init: RequestInit = {}, patience = 30_000): Promise<Response> {
    return ask(this.base + path, init, patience);
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await this.call(path, init)).json() as Promise<T>;
  }

  list(path: string, from: number, limit: number, signal?: AbortSignal): Promise<Page> {
    return this.json(`?${query({ path, from, limit })}`, { signal });
  }
  info(path: string, signal?: AbortSignal): Promise<Info> {
    return this.json(`/info?${query({ path })}`, { signal });
  }
  url(path: string, download = false): string {
    return `${this.base}/content?${query({ path, download: download || undefined })}`;
  }
  archive(path: string): string {
    return `${this.base}/archive?${query({ path })}`;
  }
  async content(path: string, signal?: AbortSignal): Promise<{ bytes: ArrayBuffer; etag: string | null }> {
    const response = await this.call(`/content?${query({ path })}`, { signal });
    return { bytes: await response.arrayBuffer(), etag: response.headers.get('etag') };
  }
  async part(path: string, from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> {
    const response = await this.call(`/content?${query({ path })}`, { signal, headers: { range: `bytes=${from}-${to - 1}` } });
    return new Uint8Array(await response.arrayBuffer());
  }
  text(path: string, line: number, lines: number, signal?: AbortSignal): Promise<TextWindow> {
    return this.json(`/text?${query({ path, line, lines })}`, { signal });
  }
  /** @param etag the version that was read; null: there must be none. @throws CallProblem 412 with the version that is there */
  async save(path: string, content: BodyInit, etag: string | null, parents = false): Promise<string | null> {
    const response = await this.call(`/content?${query({ path, parents: parents || undefined })}`, {
      method: 'PUT', body: content, headers: etag === null ? { 'if-none-match': '*' } : { 'if-match': etag },
    }, 600_000);
    return response.headers.get('etag');
  }
  /** The same for what a person brings along, telling how far it is. A fetch cannot tell that. */
  upload(path: string, file: Blob, etag: string | null, progress: (sent: number) => void, signal: AbortSignal): Promise<void> {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open('PUT', `${this.base}/content?${query({ path })}`);
      request.setRequestHeader(etag === null ? 'if-none-match' : 'if-match', etag ?? '*');
      request.upload.onprogress = (e) => progress(e.loaded);
      request.onload = () => (request.status < 300 ? done() : failed(refusal(request.status, request.responseText)));
      request.onerror = () => failed(new CallProblem(0, 'The connection was lost. What was there before is unchanged.'));
      request.onabort = () => failed(new CallProblem(0, 'It was stopped. What was there before is unchanged.'));
      signal.addEventListener('abort', () => request.abort());
      request.send(file);
    });
  }
  makeFolder(path: string): Promise<Entry> {
    return this.json(`/folder?${query({ path, parents: true })}`, { method: 'POST' });
  }
  move(from: string, to: string): Promise<{ entry: Entry }> {
    return this.json(`/move?${query({ from, to })}`, { method: 'POST' });
  }
  delete(path: string): Promise<Deleted> {
    return this.json(`?${query({ path })}`, { method: 'DELETE' });
  }
  restore(id: string): Promise<Entry> {
    return this.json(`/trash/${encodeURIComponent(id)}/restore`, { method: 'POST' });
  }
  async trash(): Promise<Deleted[]> {
    return (await this.json<{ deleted: Deleted[] }>('/trash')).deleted;
  }
  async find(q: string, limit: number, signal?: AbortSignal): Promise<{ hits: Hit[]; files: number; complete: boolean }> {
    return this.json(`/find?${query({ q, limit })}`, { signal });
  }

  /** Tells matches as they come. @returns why it ended early, or null */
  async search(q: string, found: (matches: Match[]) => void, signal: AbortSignal): Promise<string | null> {
    const response = await this.call(`/search?${query({ q })}`, { signal }, 90_000);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return null;
      const lines = (rest + value).split('\n');
      rest = lines.pop()!;
      const said = lines.filter((l) => l !== '').map((l) => JSON.parse(l) as { type: string; limit?: string; error?: string; todo?: string });
      const matches = said.filter((s) => s.type === 'match') as unknown as Match[];
      if (matches.length > 0) found(matches);
      const end = said.find((s) => s.type === 'end' || s.type === 'failed');
      if (end?.type === 'failed') throw new CallProblem(0, [end.error, end.todo].filter(Boolean).join(' '));
      if (end) return end.limit === 'matches' ? 'There are more matches. Search for something more exact.' : end.limit === 'time' ? 'The search took too long and was ended.' : null;
    }
  }
}
