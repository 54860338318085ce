// Speaks section 6 of docs/architecture.md with a few scripted conversations, to look at screens without the product.
//   npm run build && node dev/mock-server.mjs [port]        then open http://127.0.0.1:4173/
// POST /mock/cut {"ms": 5000, "how": "refuse"|"hole"} takes the network away for a while.
import { createServer } from 'node:http';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { overview, scripts } from './scripts.mjs';

const root = fileURLToPath(new URL('../target/classes/META-INF/resources', import.meta.url));
const port = Number(process.argv[2] ?? 4173);
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.png': 'image/png', '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json' };

const conversations = new Map(Object.entries(scripts()));
const streams = new Set();
const taken = new Map();
let hole = false;
let refuse = false;

const send = (stream, event, data, id) => hole || stream.res.write(`${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
const all = (id, event, data, seq) => { for (const s of streams) if (s.id === id) send(s, event, data, seq); };
const everyOverview = () => { for (const s of streams) send(s, 'overview', overview(conversations)); };

function journal(id, type, fields) {
  const c = conversations.get(id);
  const event = { seq: c.events.length + 1, at: new Date().toISOString(), type, ...fields };
  c.events.push(event);
  all(id, type, event, event.seq);
  return event;
}
const inform = (id) => all(id, 'conversation', conversations.get(id).info);

const REPLY = `Here is what I found.\n\n1. The **query** runs once for each item.\n2. The cache is never used, because its key has the time in it.\n\n\`\`\`ts\nexport async function total(cart: Cart): Promise<Money> {\n  const items = await load(cart.ids); // one query\n  return items.reduce((sum, i) => sum.plus(i.price), Money.ZERO);\n}\n\`\`\`\n\nI will change it and measure again. `;

/** A turn that writes its answer in small pieces. */
function turn(id, messageId) {
  const c = conversations.get(id);
  const turnId = `t${c.events.length}`;
  journal(id, 'turn.started', { turnId, messageId });
  c.info.working = true;
  inform(id);
  everyOverview();
  const text = REPLY.repeat(c.slow ? 6 : 1);
  const said = `${turnId}-1`;
  let offset = 0;
  const timer = setInterval(() => {
    if (c.stop || offset >= text.length) {
      clearInterval(timer);
      journal(id, 'text', { turnId, messageId: said, markdown: text.slice(0, offset) });
      journal(id, 'turn.finished', { turnId, outcome: c.stop ? 'interrupted' : 'done', usage: { inputTokens: 1200, outputTokens: 320, cacheReadTokens: 18000, costUsd: 0.04, contextTokens: 42000, contextWindow: 200000, durationMs: 4200 } });
      c.info.working = c.stop = false;
      inform(id);
      next(id);
      everyOverview();
      return;
    }
    const piece = text.slice(offset, offset + 4);
    all(id, 'delta', { messageId: said, kind: 'text', offset, text: piece });
    offset += piece.length;
  }, 10);
}
function next(id) {
  const c = conversations.get(id);
  if (c.info.working || c.paused || c.info.workspace.state !== 'running') return;
  const first = c.queue.shift();
  if (first) turn(id, first);
}

const json = (res, status, body) => res.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' }).end(JSON.stringify(body));

function write(method, path, query, body, res) {
  const id = body?.id ?? query.get('id') ?? path.split('/').at(-1);
  if (taken.has(id)) return json(res, 202, taken.get(id));
  const answer = act(method, path, body, id);
  if (answer.status >= 400) return json(res, answer.status, { status: answer.status, detail: answer.detail, todo: answer.todo });
  taken.set(id, { id, state: 'stored' });
  json(res, 202, { id, state: 'stored' });
}

function act(method, path, body, id) {
  const message = /^\/api\/v1\/conversations\/([^/]+)\/messages\/([^/]+)$/.exec(path);
  if (message) {
    const [, cid, mid] = message;
    const c = conversations.get(cid);
    if (!c) return { status: 404, detail: 'There is no such conversation.', todo: 'Copy the text and choose another one.' };
    if (method === 'PUT') {
      if (body.text.includes('REFUSE')) return { status: 422, detail: 'The message cannot be taken.', todo: 'Change it and send it again.' };
      journal(cid, 'message.queued', { messageId: mid, text: body.text, by: 'alice', attachments: body.attachments ?? [] });
      c.queue.push(mid);
      setTimeout(() => next(cid), 300);
    } else if (method === 'DELETE') {
      c.queue = c.queue.filter((m) => m !== mid);
      journal(cid, 'message.withdrawn', { messageId: mid, by: 'alice' });
    } else if (body.text !== undefined) journal(cid, 'message.edited', { messageId: mid, text: body.text, by: 'alice' });
    else if (body.when === 'now') {
      c.queue = c.queue.filter((m) => m !== mid);
      journal(cid, 'message.steered', { messageId: mid, turnId: 't' });
    } else {
      const rest = c.queue.filter((m) => m !== mid);
      const at = body.before ? rest.indexOf(body.before) : -1;
      rest.splice(at < 0 ? rest.length : at, 0, mid);
      c.queue = rest;
      journal(cid, 'message.moved', { messageId: mid, before: body.before ?? null, by: 'alice' });
    }
    return { status: 202 };
  }
  const answer = /^\/api\/v1\/(approvals|questions)\/([^/]+)\/answer$/.exec(path);
  if (answer) {
    const cid = answer[2].split('.')[0];
    const c = conversations.get(cid);
    const open = c && (c.approvals.find((a) => a.id === answer[2]) ?? c.questions.find((a) => a.id === answer[2]));
    if (!open) return { status: 409, detail: 'It was answered by bob before.', todo: '' };
    c.approvals = c.approvals.filter((a) => a !== open);
    c.questions = c.questions.filter((a) => a !== open);
    if (answer[1] === 'approvals') journal(cid, 'approval.resolved', { approvalId: answer[2], decision: body.decision, by: 'alice', message: body.message });
    else journal(cid, 'question.answered', { questionId: answer[2], answers: body.answers, by: 'alice', withdrawn: false });
    everyOverview();
    return { status: 202 };
  }
  const other = /^\/api\/v1\/conversations\/([^/]+)\/(interrupt|mode|queue\/pause|queue\/resume|seen)$/.exec(path);
  if (!other) return { status: 404, detail: 'There is no such address.' };
  const c = conversations.get(other[1]);
  if (other[2] === 'interrupt') c.stop = true;
  if (other[2] === 'mode') {
    c.info.mode = body.mode;
    journal(other[1], 'mode.changed', { mode: body.mode, by: 'alice' });
  }
  if (other[2] === 'queue/pause') journal(other[1], 'queue.paused', { by: 'alice', why: 'by alice' });
  if (other[2] === 'queue/resume') journal(other[1], 'queue.resumed', { by: 'alice' });
  c.paused = other[2] === 'queue/pause' || (c.paused && other[2] !== 'queue/resume');
  if (other[2] === 'queue/resume') next(other[1]);
  return { status: 202 };
}

function live(url, res) {
  const id = url.searchParams.get('conversation');
  const c = conversations.get(id);
  if (id && !c) return json(res, 404, { status: 404, detail: 'There is no such conversation.' });
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const stream = { res, id };
  if (c) {
    const after = Math.max(Number(url.searchParams.get('after') ?? 0), c.events.length - Number(url.searchParams.get('tail') ?? 1e9));
    send(stream, 'conversation', c.info);
    send(stream, 'pending', { commands: c.pending });
    for (const e of c.events.slice(after)) send(stream, e.type, e, e.seq);
    send(stream, 'caught-up', { last: c.events.length });
    if (c.writing) send(stream, 'delta', c.writing);
  }
  send(stream, 'overview', overview(conversations));
  streams.add(stream);
  const beat = setInterval(() => send(stream, 'beat', { at: new Date().toISOString() }), 700);
  res.on('close', () => { clearInterval(beat); streams.delete(stream); });
}

const PAGE = (path) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>claude-vm</title>
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover,interactive-widget=resizes-content">
<link rel="manifest" href="/manifest.webmanifest"><link rel="stylesheet" href="/live/theme.css"><script type="module" src="/live/live.js"></script>
<style>html,body{height:100%;margin:0;background:var(--cv-bg)}.frame{height:100dvh;display:grid;grid-template-rows:minmax(0,1fr) auto}main{min-height:0;overflow:auto}
nav.thumb{display:flex;border-top:1px solid var(--cv-line);background:var(--cv-surface);padding:6px 8px 10px;font:12px var(--cv-font)}nav.thumb a{flex:1;text-align:center;color:var(--cv-dim);min-height:44px;text-decoration:none;display:grid;place-items:center}
aside{display:none}.talk nav.thumb{display:none}@media(min-width:701px){.frame{grid-template:minmax(0,1fr)/270px minmax(0,1fr)}aside{display:flex;flex-direction:column;background:var(--cv-surface);border-right:1px solid var(--cv-line);padding:8px}aside cv-tree{flex:1}nav.thumb{display:none}aside cv-status{padding:10px}}</style></head>
<body><div class="frame ${path.startsWith('/c/') ? 'talk' : ''}"><aside><cv-tree></cv-tree><cv-status></cv-status></aside><main>${path.startsWith('/c/') ? `<cv-conversation conversation-id="${path.slice(3).replace(/[^\w-]/g, '')}"></cv-conversation>` : '<cv-inbox></cv-inbox>'}</main>
<nav class="thumb"><a href="/">Inbox</a><a href="/workspaces">Workspaces</a><a href="/new">New</a><a href="/settings">Settings</a></nav></div><cv-badge hidden></cv-badge></body></html>`;

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  const path = url.pathname;
  if (hole) return; // swallowed
  if (refuse) return req.socket.destroy();
  let body = '';
  for await (const chunk of req) body += chunk;
  const data = body ? JSON.parse(body) : null;
  if (path === '/mock/cut') {
    res.end('ok');
    if (data.how === 'hole') hole = true;
    else {
      refuse = true;
      for (const s of streams) s.res.destroy();
    }
    setTimeout(() => { hole = refuse = false; }, data.ms);
    return;
  }
  if (path === '/mock/event') return res.end(JSON.stringify(mock(data)));
  if (path === '/api/v1/live') return live(url, res);
  const events = /^\/api\/v1\/conversations\/([^/]+)\/events$/.exec(path);
  if (events) {
    const all = conversations.get(events[1])?.events ?? [];
    const limit = Number(url.searchParams.get('limit') ?? 200);
    const before = url.searchParams.get('before');
    const page = before ? all.filter((e) => e.seq < before).slice(-limit) : all.filter((e) => e.seq > Number(url.searchParams.get('after') ?? 0)).slice(0, limit);
    return json(res, 200, { events: page, last: all.length });
  }
  if (/\/tools\/[^/]+\/output$/.test(path)) return res.end(Array.from({ length: 4000 }, (_, i) => `line ${i + 1} of the whole output`).join('\n'));
  if (path.startsWith('/api/')) return write(req.method, path, url.searchParams, data, res);
  const file = join(root, normalize(path));
  if (path !== '/' && file.startsWith(root) && existsSync(file) && statSync(file).isFile()) {
    res.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-cache' });
    return createReadStream(file).pipe(res);
  }
  if (path.includes('.')) return res.writeHead(404).end();
  res.writeHead(200, { 'content-type': 'text/html' }).end(PAGE(path));
});

/** For tests of screens: a further event, an approval that opens, one that is answered elsewhere. */
function mock({ conversation, type, fields, open, info }) {
  const c = conversations.get(conversation);
  if (open) c.approvals.push({ ...open, conversationId: conversation, workspaceId: c.info.workspace.id, project: c.info.workspace.project, openedAt: new Date().toISOString() });
  if (type === 'approval.resolved') c.approvals = c.approvals.filter((a) => a.id !== fields.approvalId);
  if (info) { Object.assign(c.info, info); inform(conversation); }
  const event = type ? journal(conversation, type, fields) : null;
  everyOverview();
  return event;
}

server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
