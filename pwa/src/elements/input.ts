import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { bounded, plainText } from '../text/ansi.ts';
import { diffView, editDiff } from './diff.ts';

type Fields = Record<string, unknown>;
const str = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Exactly what a tool is given, in the form in which a person can judge it. */
export function inputView(input: unknown, all: boolean, showAll: () => void): TemplateResult | string {
  const fields = (typeof input === 'object' && input !== null ? input : { input }) as Fields;
  const command = Array.isArray(fields.command) ? fields.command.join(' ') : str(fields.command) ?? str(fields.cmd);
  if (command !== null) return html`${code(command, all, showAll)}${rest(fields, ['command', 'cmd', 'description', 'timeout'])}`;
  const plan = str(fields.plan);
  if (plan !== null) return html`<cv-markdown class="cv-plan-text" .text=${plan}></cv-markdown>`;
  const path = str(fields.file_path) ?? str(fields.path) ?? str(fields.notebook_path) ?? '';
  if (str(fields.old_string) !== null && str(fields.new_string) !== null) {
    return html`${diffView(editDiff(path, str(fields.old_string)!, str(fields.new_string)!), all, showAll)}${rest(fields, ['file_path', 'path', 'old_string', 'new_string'])}`;
  }
  if (Array.isArray(fields.edits)) {
    return html`${(fields.edits as Fields[]).map((e) => diffView(editDiff(path, str(e.old_string) ?? '', str(e.new_string) ?? ''), all, showAll))}`;
  }
  const content = str(fields.content);
  if (content !== null && path) return diffView(editDiff(path, '', content), all, showAll);
  return rest(fields, []);
}

function code(text: string, all: boolean, showAll: () => void): TemplateResult {
  // Invisible characters in a command would let it look like another one.
  const visible = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const { text: shown, cut } = all ? { text: visible, cut: false } : bounded(visible, 6000);
  return html`<pre class="cv-pre" tabindex="0">${shown}</pre>${cut ? html`<button type="button" class="cv-quiet" @click=${showAll}>Show all</button>` : ''}`;
}

function rest(fields: Fields, known: string[]): TemplateResult | string {
  const others = Object.entries(fields).filter(([name, value]) => !known.includes(name) && value !== undefined && value !== null);
  if (others.length === 0) return '';
  return html`<dl class="cv-fields">${others.map(([name, value]) => html`<div><dt>${name}</dt><dd>${
    bounded(plainText(typeof value === 'string' ? value : JSON.stringify(value, null, 1)), 3000).text}</dd></div>`)}</dl>`;
}
