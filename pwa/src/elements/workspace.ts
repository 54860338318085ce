import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { icon } from '../icons.ts';
import { duration } from '../text/words.ts';
import type { ConversationInfo } from '../wire.ts';

/** While the workspace is made or started: each step with its time. When that failed: why, and what to do. */
export function progressCard(info: ConversationInfo | null, start: () => void): TemplateResult | typeof nothing {
  const ws = info?.workspace;
  if (!ws) return nothing;
  const steps = ws.steps ?? [];
  if (ws.state === 'failed') return html`<div class="cv-card cv-failed" role="alert"><div class="cv-what">${icon('warning')}The workspace failed</div>
      ${ws.reason ? html`<p>${ws.reason}</p>` : nothing}${ws.todo ? html`<p>${ws.todo}</p>` : nothing}${stepList(steps)}
      <div class="cv-buttons"><button type="button" class="cv-button cv-primary" @click=${start}>Try again</button></div></div>`;
  const making = ws.state === 'creating' || ws.state === 'starting';
  if (making) return html`<div class="cv-card cv-steps"><div class="cv-what">Starting the workspace</div>${stepList(steps)}</div>`;
  if (ws.state === 'stopping') return html`<div class="cv-line" data-tone="quiet"><span>The workspace is stopping.</span></div>`;
  if (ws.state === 'deleted') return html`<div class="cv-card"><div class="cv-what">${icon('trash')}The workspace is deleted</div>
      <p>What was said is kept. Its files are in its snapshots, and come back with it.</p>
      <div class="cv-buttons"><button type="button" class="cv-button cv-primary" @click=${start}>Bring back workspace</button></div></div>`;
  if (ws.state === 'stopped') return html`<div class="cv-line" data-tone="quiet"><span>The workspace is stopped.${ws.rested && ws.reason ? ` ${ws.reason}` : ''} A message starts it.</span></div>`;
  if (ws.state === 'running' && !ws.online) return html`<div class="cv-line" data-tone="wait"><span>The workspace is not connected at the moment. It comes back by itself; messages wait.</span></div>`;
  return nothing;
}

function stepList(steps: NonNullable<ConversationInfo['workspace']['steps']>): TemplateResult {
  const current = steps.findIndex((s) => !s.done);
  return html`<ol>${steps.map((s, i) => html`<li data-state=${s.done ? 'done' : i === current ? 'now' : 'later'}>
    ${icon(s.done ? 'check' : i === current ? 'busy' : 'circle')}<span>${s.step}</span>
    <em>${[s.detail, s.done && s.ms != null ? duration(s.ms).replaceAll(' ', '\u00a0') : ''].filter(Boolean).join(' · ')}</em></li>`)}</ol>`;
}

export function warningsOf(info: ConversationInfo | null): string[] {
  return info?.workspace.warnings ?? [];
}
