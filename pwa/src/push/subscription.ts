/** What the server keeps for this browser. */
export interface Kept {
  kinds: string[];
  details: boolean;
  quiet: { from: string; to: string; zone: string } | null;
  problem: string | null;
}
export interface Standing {
  publicKey: string;
  subscription: Kept | null;
}

const API = '/api/v1/push';

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(API + path, {
    method, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(15_000),
    headers: body === undefined ? { accept: 'application/json' } : { accept: 'application/json', 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string; todo?: string };
    throw new Error([problem.detail ?? `The server answered ${response.status}.`, problem.todo].filter(Boolean).join(' '));
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const standing = (): Promise<Standing> => ask('GET', '');
export const test = (): Promise<{ problem: string | null }> => ask('POST', '/test', {});

/** @returns what the browser's push service gives; with another key than the server's one, it is made anew */
async function subscription(registration: ServiceWorkerRegistration, publicKey: string): Promise<PushSubscription> {
  const known = await registration.pushManager.getSubscription();
  if (known && sameKey(known.options.applicationServerKey, publicKey)) return known;
  await known?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(publicKey) });
}

export async function subscribe(registration: ServiceWorkerRegistration, publicKey: string, wanted: Omit<Kept, 'problem'>): Promise<Standing> {
  const json = (await subscription(registration, publicKey)).toJSON();
  return ask('PUT', '/subscription', { endpoint: json.endpoint, keys: json.keys, kinds: wanted.kinds, details: wanted.details, quiet: wanted.quiet });
}

export async function unsubscribe(registration: ServiceWorkerRegistration): Promise<void> {
  // First the server: a browser that has forgotten it would leave it sending for nothing.
  await ask('DELETE', '/subscription');
  await (await registration.pushManager.getSubscription())?.unsubscribe();
}

/** The push service gave this browser another address. */
export async function resubscribe(registration: ServiceWorkerRegistration): Promise<void> {
  const now = await standing();
  if (now.subscription) await subscribe(registration, now.publicKey, now.subscription);
}

export function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function sameKey(known: ArrayBuffer | null, wanted: string): boolean {
  const a = known ? new Uint8Array(known) : new Uint8Array();
  const b = bytes(wanted);
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
