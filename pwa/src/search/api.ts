/** What `GET /api/v1/search` gives: see docs/search.md. */
export interface Hit {
  kind: 'message' | 'answer' | 'thought' | 'tool' | 'question' | 'title' | string;
  workspace: { id: string; name: string | null; project: string; state: string };
  conversation: { id: string; title: string; agent: string; agentLabel: string };
  /** the event at which the conversation shows it; 0: the conversation as a whole */
  seq: number;
  saidSeq: number;
  by: string | null;
  at: string;
  text: string;
  /** from, to (exclusive) in `text` */
  ranges: [number, number][];
  cutBefore: boolean;
  cutAfter: boolean;
}
export interface Found {
  results: Hit[];
  next: string | null;
  /** false: the server is still reading what was said */
  complete: boolean;
}

/** Nobody answered: the same may be asked again. */
export class NoAnswer extends Error {}

/** @throws an error with words for people */
export async function search(q: string, cursor: string | null, signal: AbortSignal): Promise<Found> {
  const query = new URLSearchParams({ q, limit: '20', ...(cursor ? { cursor } : {}) });
  let response: Response;
  try {
    response = await fetch(`/api/v1/search?${query}`, {
      headers: { accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
    });
  } catch {
    throw new NoAnswer('The server does not answer. It is searched again when it does.');
  }
  if (response.ok) return (await response.json()) as Found;
  const said = (await response.json().catch(() => ({}))) as { detail?: string; todo?: string };
  throw new Error([said.detail ?? 'It could not be searched.', said.todo].filter(Boolean).join(' '));
}

/** Where a result leads. */
export function placeOf(hit: Hit): string {
  const place = hit.seq === 0 ? '' : hit.saidSeq === hit.seq ? `?at=${hit.seq}` : `?at=${hit.seq}&said=${hit.saidSeq}`;
  return `/c/${encodeURIComponent(hit.conversation.id)}${place}`;
}

/** The text in pieces, with which of them were looked for. Ranges that cannot be are left out. */
export function pieces(text: string, ranges: readonly (readonly [number, number])[]): { text: string; hit: boolean }[] {
  const out: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const [from, to] of ranges) {
    if (from < at || to <= from || to > text.length) continue;
    if (from > at) out.push({ text: text.slice(at, from), hit: false });
    out.push({ text: text.slice(from, to), hit: true });
    at = to;
  }
  if (at < text.length) out.push({ text: text.slice(at), hit: false });
  return out;
}

/** @returns what an earlier page does not have: results move while more is said */
export function added(before: readonly Hit[], more: readonly Hit[]): Hit[] {
  const known = new Set(before.map(keyOf));
  return more.filter((hit) => !known.has(keyOf(hit)));
}

export const keyOf = (hit: Hit): string => `${hit.conversation.id} ${hit.saidSeq} ${hit.kind}`;

/** Who said it, in a word. */
export function whoOf(hit: Hit): string {
  switch (hit.kind) {
    case 'message': return hit.by && hit.by !== 'owner' ? hit.by : 'You';
    case 'answer': return hit.conversation.agentLabel;
    case 'thought': return `${hit.conversation.agentLabel} thought`;
    case 'tool': return `${hit.conversation.agentLabel} used`;
    case 'question': return `${hit.conversation.agentLabel} asked`;
    case 'title': return 'Name';
    default: return hit.by ?? '';
  }
}
