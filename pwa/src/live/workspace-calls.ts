/** What is asked of a workspace at once, without the outbox: it makes no sense later. @returns why it could not be done; empty: it is */
async function call(workspaceId: string, method: string, what: string, body: object | undefined, failed: string): Promise<string> {
  try {
    const response = await fetch(`/api/v1/workspaces/${encodeURIComponent(workspaceId)}/${what}`, {
      method, credentials: 'same-origin', headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body), signal: AbortSignal.timeout(10_000),
    });
    if (response.ok) return '';
    const said = (await response.json().catch(() => ({}))) as { detail?: string; todo?: string };
    return [said.detail ?? failed, said.todo].filter(Boolean).join(' ');
  } catch {
    return 'The server does not answer. Try it again when the page is online.';
  }
}

export const startWorkspace = (id: string) => call(id, 'POST', 'up', undefined, 'The workspace could not be started.');
export const stopWorkspace = (id: string) => call(id, 'POST', 'down', undefined, 'The workspace could not be stopped.');

/** @param hours from now on it does not stop by itself; 0: it may */
export function keepAwake(id: string, hours: number): Promise<string> {
  const until = hours === 0 ? null : new Date(Date.now() + hours * 3_600_000).toISOString();
  return call(id, 'PUT', 'keep-awake', { until }, 'That could not be set.');
}
