import { SseParser } from './sse.ts';
import type { Message } from './sse.ts';

/** Silence after which a stream counts as dead: one beat of the server (700 ms) may be late, and the loss is still on the screen within 2 s. */
export const SILENCE_MS = 1650;
/** While nothing answers, a further attempt starts this long after the one before; the first that answers wins. */
const HEDGE_MS = 1500;
const ATTEMPT_MS = 4500;
/** A browser has six connections to a server: the others are for what was said. */
const ATTEMPTS_AT_ONCE = 3;

export type StreamEnd = 'lost' | 'login' | 'closed' | 'gone';

interface Early {
  url: string;
  at: number;
  answer: Promise<Response>;
  abort: AbortController;
}
/** A stream that the page asked for before its scripts were there (early.js); taken once, while it is fresh. */
function early(url: string): Early | null {
  const page = globalThis as unknown as { cvEarly?: Early };
  const known = page.cvEarly;
  delete page.cvEarly;
  if (!known) return null;
  if (known.url === url && performance.now() - known.at < HEDGE_MS) return known;
  known.abort.abort();
  return null;
}

/**
 * Opens a stream although some connections may be dead without saying so: a request on such a connection never answers, so the
 * next attempt does not wait for its end, and a slow network still gets the time it needs.
 *
 * @returns null when every attempt failed at once (nothing listens)
 */
async function connect(url: string, signal: AbortSignal): Promise<{ response: Response; abort: AbortController } | null> {
  return new Promise((resolve) => {
    const running = new Set<AbortController>();
    let done = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = (result: { response: Response; abort: AbortController } | null) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      for (const other of running) if (other !== result?.abort) other.abort();
      resolve(result);
    };
    signal.addEventListener('abort', () => finish(null), { once: true });
    const start = () => {
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(start, HEDGE_MS);
      if (running.size >= ATTEMPTS_AT_ONCE) return;
      const begun = early(url);
      const abort = begun?.abort ?? new AbortController();
      running.add(abort);
      const limit = setTimeout(() => abort.abort(), ATTEMPT_MS);
      (begun?.answer ?? fetch(url, { headers: { accept: 'text/event-stream' }, credentials: 'same-origin', cache: 'no-store', signal: abort.signal }))
        .then((response) => finish({ response, abort }))
        .catch(() => {
          running.delete(abort);
          if (running.size === 0) finish(null);
        })
        .finally(() => clearTimeout(limit));
    };
    start();
  });
}

/** Reads one stream until it ends, is silent for too long, or is closed by `signal`. */
export async function readStream(url: string, signal: AbortSignal, onBatch: (batch: Message[]) => void): Promise<StreamEnd> {
  const connected = await connect(url, signal);
  if (!connected) return signal.aborted ? 'closed' : 'lost';
  const { response, abort } = connected;
  const close = () => abort.abort();
  signal.addEventListener('abort', close, { once: true });
  let heard = performance.now();
  const watchdog = setInterval(() => performance.now() - heard > SILENCE_MS && abort.abort(), 50);
  try {
    if (response.status === 401 || (response.redirected && new URL(response.url).pathname.startsWith('/login'))) return 'login';
    if (response.status === 404) return 'gone';
    if (!response.ok || !response.body) return 'lost';
    const parser = new SseParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return signal.aborted ? 'closed' : 'lost';
      heard = performance.now();
      const batch = parser.push(value);
      if (batch.length > 0) onBatch(batch);
    }
  } catch {
    return signal.aborted ? 'closed' : 'lost';
  } finally {
    clearInterval(watchdog);
    signal.removeEventListener('abort', close);
    abort.abort();
  }
}
