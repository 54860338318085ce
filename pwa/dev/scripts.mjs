// The scripted conversations of the mock server.
const at = (minutesAgo, s = 0) => new Date(Date.now() - minutesAgo * 60_000 + s * 1000).toISOString();

function conversation(id, title, project, workspace, list, more = {}) {
  const events = list.map(([type, fields], i) => ({ seq: i + 1, at: at(12, i), type, ...fields }));
  const approvals = events.filter((e) => e.type === 'approval.opened').map((e) => ({
    id: e.approvalId, tool: e.tool, title: e.title, input: e.input, options: e.options, openedAt: e.at, conversationId: id, conversationTitle: title, workspaceId: workspace, project, agentLabel: 'Claude',
  }));
  const questions = events.filter((e) => e.type === 'question.opened').map((e) => ({
    id: e.questionId, questions: e.questions, openedAt: e.at, conversationId: id, conversationTitle: title, workspaceId: workspace, project, agentLabel: 'Claude',
  }));
  return {
    events, approvals, questions, queue: events.filter((e) => e.type === 'message.queued' && !events.some((s) => s.type === 'turn.started' && s.messageId === e.messageId)).map((e) => e.messageId),
    pending: [], paused: false, slow: false,
    ...more,
    info: {
      id, title, agent: 'claude', agentLabel: 'Claude', mode: 'default',
      modes: [{ id: 'default', label: 'Ask me' }, { id: 'acceptEdits', label: 'Accept edits' }, { id: 'plan', label: 'Plan first' }, { id: 'bypassPermissions', label: 'Never ask' }],
      working: events.some((e) => e.type === 'turn.started') && events.findLast((e) => e.type.startsWith('turn.'))?.type === 'turn.started',
      commands: [{ name: 'compact', description: 'Shorten what the agent remembers', argumentHint: '[what to keep]' }, { name: 'review', description: 'Review the changes' }, { name: 'clear', description: 'Begin anew' }, { name: 'cost', description: 'What it cost so far' }],
      usage: { totalCostUsd: 1.12, contextTokens: 76000, contextWindow: 200000 },
      workspace: { id: workspace, project, branch: 'auth', provider: 'local', state: 'running', online: true, steps: [], warnings: [] },
      ...more.info,
    },
  };
}
const said = (id, text, extra = {}) => ['message.queued', { messageId: id, text, by: 'alice', attachments: [], ...extra }];
const begin = (turn, id) => ['turn.started', { turnId: turn, messageId: id }];
const end = (turn, outcome = 'done', why) => ['turn.finished', { turnId: turn, outcome, why, usage: { inputTokens: 2100, outputTokens: 840, cacheReadTokens: 61000, costUsd: 0.31, contextTokens: 76000, contextWindow: 200000, durationMs: 94000 } }];
const text = (turn, id, markdown, parentToolId) => ['text', { turnId: turn, messageId: id, markdown, parentToolId }];
const tool = (turn, id, name, title, input, parentToolId) => ['tool.started', { turnId: turn, toolId: id, name, title, input, parentToolId }];
const result = (id, output, summary, diffs = [], ok = true) => ['tool.finished', { toolId: id, ok, output, outputBytes: output.length, summary, diffs }];
const options = (rule) => [{ id: 'allow', label: 'Allow' }, { id: 'always', label: 'Always allow', detail: rule }, { id: 'deny', label: 'Deny' }];
const DIFF = `@@ -12,6 +12,9 @@ export class Tokens\n export async function rotate(id) {\n-  const t = await find(id)\n+  const t = await findForUpdate(id)\n+  if (t.usedAt) return revokeFamily(t)\n+  t.usedAt = now()\n   return issue(t.userId)\n }`;

export function scripts() {
  const migrate = { approvalId: 'two.a1', tool: 'Bash', title: 'npm run migrate -- --env staging', input: { command: 'npm run migrate -- --env staging', description: 'Run the database migration' }, options: options('Bash(npm run migrate:*)') };
  const edit = { approvalId: 'two.a2', tool: 'Edit', title: 'src/auth/tokens.ts', input: { file_path: 'src/auth/tokens.ts', old_string: 'const t = await find(id)\nreturn issue(t.userId)', new_string: 'const t = await findForUpdate(id)\nif (t.usedAt) return revokeFamily(t)\nreturn issue(t.userId)' }, options: options('Edit(src/auth/**)') };
  const work = [
    said('m1', 'Add refresh tokens, and keep the old sessions valid.'), begin('t1', 'm1'),
    ['thinking', { turnId: 't1', messageId: 'k1', markdown: 'The sessions table has a token column. Rotating on use needs a family id so that a reused token revokes the family.' }],
    text('t1', 'x1', 'I will add a `refresh_token` table and rotate on use. Old sessions keep working until they expire.'),
    ['plan', { entries: [{ content: 'Table and migration', status: 'completed' }, { content: 'Rotate on use', status: 'in_progress' }, { content: 'Tests for reuse', status: 'pending' }] }],
    tool('t1', 'u1', 'Edit', 'src/auth/tokens.ts', { file_path: 'src/auth/tokens.ts' }), result('u1', '', '+48 −6', [{ path: 'src/auth/tokens.ts', added: 48, removed: 6, unified: DIFF }]),
    tool('t1', 'u2', 'Bash', 'npm test -- auth', { command: 'npm test -- auth' }), result('u2', '\u001b[32m✓\u001b[0m rotate\n\u001b[32m✓\u001b[0m reuse\n31 passed', '31 passed'),
  ];
  return {
    full: conversation('full', 'JWT set-up', 'shop', 'bold-fire-1234', [
      ...work,
      tool('t1', 'u3', 'Task', 'Look for other users of the session table', { description: 'Look for users', prompt: 'Find all users of sessions' }),
      tool('t1', 'u4', 'Grep', 'sessions', { pattern: 'sessions', path: 'src' }, 'u3'), result('u4', 'src/a.ts:3\nsrc/b.ts:9', '2 files'),
      text('t1', 'x9', 'Two files read it, none of them writes.', 'u3'), result('u3', 'Two files', 'done'),
      ['agent.retrying', { attempt: 1, maxAttempts: 10, delayMs: 1000, why: 'Model is overloaded' }], ['agent.retrying', { attempt: 3, maxAttempts: 10, delayMs: 4000, why: 'Model is overloaded' }],
      text('t1', 'x2', '## What changed\n\nTokens rotate on use; a reused one revokes its family.\n\n```ts\nexport async function rotate(id: TokenId): Promise<Token> {\n  const t = await findForUpdate(id); // row lock\n  if (t.usedAt) return revokeFamily(t);\n  return issue(t.userId, { family: t.family });\n}\n```\n\n| file | lines |\n|---|---|\n| `src/auth/tokens.ts` | +48 −6 |\n| `db/014_refresh_token.sql` | new |\n\n- Old sessions stay valid until they expire\n- A [reused token](https://example.org/reuse) is an attack: it is **logged**\n\n> The migration has not been run yet.'),
      end('t1'),
      said('m2', 'Log reuse at warn level, please. And show me the query plan of the lookup.'), begin('t2', 'm2'),
      tool('t2', 'u5', 'Bash', 'psql -c "explain analyze select * from refresh_token where id = $1"', { command: 'psql -c "explain analyze …"' }), result('u5', 'psql: error: connection refused', 'exit code 2', [], false),
      text('t2', 'x3', 'The database is not running here, so there is no plan. The lookup is by primary key.'), end('t2'),
    ]),
    two: conversation('two', 'JWT set-up', 'shop', 'bold-fire-1234', [...work, ['approval.opened', migrate], ['approval.opened', edit]], {}),
    ask: conversation('ask', 'API guide', 'docs', 'calm-lake-5678', [
      said('m1', 'Write the guide for the API.'), begin('t1', 'm1'), text('t1', 'x1', 'Before I write it, I need to know for whom.'),
      ['question.opened', { questionId: 'ask.q1', questions: [{ question: 'Which API version should the guide use?', header: 'Version', multiSelect: false, options: [{ label: 'v2 (stable)' }, { label: 'v3 (preview)' }] }] }],
    ]),
    asks: conversation('asks', 'Guide, in detail', 'docs', 'calm-lake-5678', [
      said('m1', 'Write the guide.'), begin('t1', 'm1'),
      ['question.opened', { questionId: 'asks.q1', questions: [
        { question: 'For whom is it?', header: 'Readers', multiSelect: false, options: [{ label: 'Newcomers', description: 'Starts with the first call' }, { label: 'Experts', description: 'Only the reference' }] },
        { question: 'Which languages should the examples have?', header: 'Languages', multiSelect: true, options: [{ label: 'curl' }, { label: 'Java' }, { label: 'TypeScript' }] }] }],
    ]),
    queue: conversation('queue', 'Cart UI', 'shop', 'quick-moon-0042', [
      said('m1', 'Show an empty state in the cart, and totals with tax.'), begin('t1', 'm1'), text('t1', 'x1', 'I start with the totals.'),
      tool('t1', 'u1', 'Edit', 'src/cart/Totals.tsx', { file_path: 'src/cart/Totals.tsx' }),
      said('m2', 'Then write the docs page for it'), said('m3', 'And open a pull request with screenshots of the empty state, the full state and the one with a voucher'),
    ], { writing: { messageId: 'x2', kind: 'text', offset: 0, text: 'Tests pass. Next I look at the **rounding** of the' } }),
    starting: conversation('starting', 'Slow checkout', 'shop', 'swift-pine-7781', [], {
      pending: [{ id: 'p1', kind: 'enqueue', messageId: 'p1', text: 'Find out why checkout is slow on mobile and fix the worst cause. Measure before and after.', state: 'stored', at: at(0) }],
      info: { commands: [], usage: null, workspace: { id: 'swift-pine-7781', project: 'shop', provider: 'local', state: 'creating', online: false, warnings: ['This workspace uses the ordinary network.'], steps: [
        { step: 'Folder', done: true, ms: 120 }, { step: 'Project', done: true, detail: '1,204 files', ms: 900 }, { step: 'Installing Claude Code', done: false, detail: '102 of 250 MB' }, { step: 'Agent ready', done: false }] } },
    }),
    failed: conversation('failed', 'Rate limiting', 'api', 'warm-oak-3310', [
      said('m1', 'Limit /login to five tries a minute.'), begin('t1', 'm1'), text('t1', 'x1', 'I look at the filter first.'),
      ['agent.failed', { what: 'The key was refused (401): invalid x-api-key.', todo: 'Open Settings, Agents, Claude, and enter a key that works. Then resume the queue.' }],
      end('t1', 'failed', 'The model answered with 401.'), ['queue.paused', { by: 'workspace', why: 'the turn failed' }], said('m2', 'Then the same for /register'),
      ['agent.exited', { run: 1, exitCode: 137, what: 'The agent was killed (signal 9).' }],
    ]),
    empty: conversation('empty', 'New conversation', 'docs', 'slow-rain-9001', [], { info: { usage: null, workspace: { id: 'slow-rain-9001', project: 'docs', state: 'stopped', online: false } } }),
    stream: conversation('stream', 'A long answer', 'shop', 'quick-moon-0042', [], { slow: true }),
    hostile: conversation('hostile', '<b>Not bold</b>', 'shop', 'quick-moon-0042', [
      said('m1', '<script>alert(1)</script> & <img src=x onerror=alert(2)>'), begin('t1', 'm1'),
      text('t1', 'x1', '<script>document.title="owned"</script>\n\n<img src=x onerror="document.title=\'owned\'">\n\n[click](javascript:document.title=1) ![pixel](https://evil.example/p.png)\n\n<a href="javascript:1">x</a>'),
      tool('t1', 'u1', 'Bash', '\u001b[31mred\u001b[0m', { command: 'echo \u202e hidden' }), result('u1', '\u001b]0;title\u0007\u001b[2Jscreen\u001b[31m red\u001b[0m\n<script>x</script>', null), end('t1'),
    ]),
    long: conversation('long', 'A very long one', 'shop', 'quick-moon-0042', Array.from({ length: 1000 }, (_, i) => [
      said(`m${i}`, `Question ${i}`), begin(`t${i}`, `m${i}`), text(`t${i}`, `x${i}`, `Answer **${i}** with a few words, enough to fill a line or two on a phone's screen, as answers do.`), end(`t${i}`)]).flat()),
  };
}

export function overview(conversations) {
  const list = [...conversations.values()];
  const shown = list.filter((c) => !['asks', 'hostile'].includes(c.info.id));
  const where = (c) => ({ conversationId: c.info.id, workspaceId: c.info.workspace.id, project: c.info.workspace.project, title: c.info.title });
  const workspaces = new Map();
  for (const c of list) {
    const ws = c.info.workspace;
    const entry = workspaces.get(ws.id) ?? { id: ws.id, project: ws.project, state: ws.state, online: ws.online, branch: ws.branch, conversations: [] };
    entry.conversations.push({ id: c.info.id, title: c.info.title, state: c.info.working ? 'working' : 'idle', updatedAt: c.events.at(-1)?.at });
    workspaces.set(ws.id, entry);
  }
  return {
    approvals: shown.flatMap((c) => c.approvals), questions: shown.flatMap((c) => c.questions),
    failures: shown.filter((c) => c.info.id === 'failed').map((c) => ({ ...where(c), what: 'The key was refused (401): invalid x-api-key.', todo: 'Enter a key that works in Settings.', at: at(3) })),
    working: shown.filter((c) => c.info.working && c.approvals.length + c.questions.length === 0 && c.info.id !== 'failed').map((c) => ({ ...where(c), line: 'Editing src/cart/Totals.tsx', since: at(12), queued: c.queue.length })),
    finished: shown.filter((c) => c.info.id === 'full').map((c) => ({ ...where(c), line: '6 files, +182 −14 · 31 tests pass · $0.84', at: at(60), outcome: 'done' })),
    workspaces: [...workspaces.values()],
  };
}
