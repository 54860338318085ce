import type { CallProblem, FilesApi } from './api.ts';
import { escaped, join } from './paths.ts';

/** An upload that met a file of that name: somebody has to say what is to be done. */
export interface Clash {
  api: FilesApi;
  path: string;
  file: File;
  current: string | null;
}

/** Files on their way up, one after the other. Events: `change`; `done` when none is left. */
export class Uploads extends EventTarget {
  clashes: Clash[] = [];
  problem = '';
  now: { name: string; sent: number; size: number; left: number } | null = null;
  private readonly queue: { api: FilesApi; path: string; file: File; etag: string | null }[] = [];
  private running: AbortController | null = null;

  add(api: FilesApi, into: string, files: readonly File[]): void {
    this.problem = '';
    // A name of a device may hold a slash on some systems: it is no folder here.
    for (const file of files) this.queue.push({ api, path: join(into, escaped(file.name.replaceAll('/', '_'))), file, etag: null });
    void this.run();
  }

  stop(): void {
    this.queue.length = 0;
    this.running?.abort();
  }

  /** What is there now is what was seen: if it has changed since, it asks again. */
  answer(replace: boolean): void {
    const [clash, ...rest] = this.clashes;
    this.clashes = rest;
    if (clash && replace) this.queue.push({ api: clash.api, path: clash.path, file: clash.file, etag: clash.current });
    this.say();
    void this.run();
  }

  close(): void {
    this.problem = '';
    this.say();
  }

  private say(): void {
    this.dispatchEvent(new Event('change'));
  }

  private async run(): Promise<void> {
    if (this.running) return;
    const { signal } = (this.running = new AbortController());
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const { api, path, file, etag } = next;
      this.now = { name: file.name, sent: 0, size: file.size, left: this.queue.length };
      this.say();
      try {
        await api.upload(path, file, etag, (sent) => { this.now = { ...this.now!, sent, left: this.queue.length }; this.say(); }, signal);
      } catch (error) {
        const { status, current, message } = error as CallProblem;
        if (status === 412) this.clashes = [...this.clashes, { api, path, file, current }];
        else {
          this.problem = `${file.name} was not uploaded. ${message}`;
          this.queue.length = 0;
        }
      }
    }
    this.running = null;
    this.now = null;
    this.say();
    this.dispatchEvent(new Event('done'));
  }
}
