/** The list of a workspace's terminals, over REST. */
const base = (workspaceId: string) => `/api/v1/workspaces/${encodeURIComponent(workspaceId)}/terminals`;

export async function listed(workspaceId: string): Promise<string[]> {
  const answer = await fetch(base(workspaceId), { headers: { accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`The list of terminals did not come (${answer.status}).`);
  return ((await answer.json()) as { terminals: { name: string }[] }).terminals.map((terminal) => terminal.name);
}

/** @throws Error with words for the person */
export async function call(method: 'PUT' | 'PATCH' | 'DELETE', workspaceId: string, name: string, body?: object): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`${base(workspaceId)}/${encodeURIComponent(name)}`, {
      method, headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) }, body: body ? JSON.stringify(body) : null, signal: AbortSignal.timeout(15_000),
    });
  } catch {
    throw new Error('The server does not answer. Try it again when the page is online.');
  }
  if (answer.ok) return;
  const said = (await answer.json().catch(() => ({}))) as { detail?: string; todo?: string };
  throw new Error([said.detail ?? `That did not work (${answer.status}).`, said.todo].filter(Boolean).join(' '));
}
