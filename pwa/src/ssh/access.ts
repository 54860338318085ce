/** A key that opens all workspaces of its person. */
export interface Key {
  id: string;
  name: string;
  type: string;
  fingerprint: string;
  lastUsedAt: string | null;
}
export interface Login {
  at: string;
  key: string;
  from: string;
  workspaceId: string;
  endedAt: string | null;
}
/** Where the SSH server is. */
export interface Where {
  enabled: boolean;
  host: string | null;
  port: number;
  /** It listens on the server's own loopback. */
  local: boolean;
  why: string | null;
}
export interface Access {
  where: Where;
  keys: Key[];
  logins: Login[];
  /** One to show as an example; null: there is none yet. */
  workspace: string | null;
}

const SHOWN_LOGINS = 5;

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/api/v1/${path}`, {
    method, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(20_000),
    headers: body === undefined ? { accept: 'application/json' } : { accept: 'application/json', 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string; todo?: string };
    throw new Error([problem.detail ?? `The server answered ${response.status}.`, problem.todo].filter(Boolean).join(' '));
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export async function access(): Promise<Access> {
  const [where, { keys }, { logins }, { workspaces }] = await Promise.all([
    ask<Where>('GET', 'ssh'),
    ask<{ keys: Key[] }>('GET', 'ssh-keys'),
    ask<{ logins: Login[] }>('GET', `ssh-logins?limit=${SHOWN_LOGINS}`),
    ask<{ workspaces: { id: string; state: string }[] }>('GET', 'workspaces'),
  ]);
  return { where, keys, logins, workspace: (workspaces.find((each) => each.state === 'running') ?? workspaces[0])?.id ?? null };
}

/** @param text keys, one a line, or the https address of a page with some. @returns those that are let in now */
export async function add(text: string): Promise<Key[]> {
  return (await ask<{ keys: Key[] }>('POST', 'ssh-keys', wish(text))).keys;
}

export const remove = (id: string): Promise<void> => ask('DELETE', `ssh-keys/${encodeURIComponent(id)}`);

/** @throws Error when it is a private key, which nobody should send anywhere */
export function wish(text: string): { key: string } | { url: string } {
  const said = text.trim();
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(said)) throw new Error('That is a private key: keep it to yourself. Paste the file that ends with .pub.');
  return /^https?:\/\/\S+$/.test(said) ? { url: said } : { key: said };
}

/** @param page the host name by which the browser reaches the server. @returns what one types to come in */
export function command(where: Where, workspace: string | null, page: string): string {
  const host = (where.host ?? page).replace(/^\[|\]$/g, '');
  return `ssh ${where.port === 22 ? '' : `-p ${where.port} `}${workspace ?? 'WORKSPACE'}@${host}`;
}

/** @returns null when others can reach it */
export function obstacle(where: Where, page: string): string | null {
  const here = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(page);
  return where.local && !where.host && !here
    ? 'It listens on the server’s own machine only. To reach it from elsewhere, set "ssh: {bind: 0.0.0.0}" in config.yaml there.' : null;
}
