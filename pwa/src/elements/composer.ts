import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Hit } from '../files/api.ts';
import { mention, mentioned, nameOf, parentOf, shown } from '../files/paths.ts';
import { icon } from '../icons.ts';
import { drafts } from '../outbox/drafts.ts';
import { write } from '../outbox/entries.ts';
import { attach, FILES } from '../outbox/files.ts';
import { outbox } from '../outbox/outbox.ts';
import type { Attachment, SlashCommand } from '../wire.ts';
import { define, here, Light, newId, onPhone } from './base.ts';

const MESSAGE_BYTES = 1024 * 1024;

/** What may be meant by what is being typed. */
interface Suggestion {
  key: string;
  face: unknown;
  run: () => void;
}

/** Where one writes. The text is kept at every stroke, and leaves only when the outbox has it. Event `sent`. */
export class CvComposer extends Light {
  static override properties = {
    conversationId: { attribute: 'conversation-id' }, working: { attribute: false }, queueing: { attribute: false }, commands: { attribute: false }, workspaceId: { attribute: false },
    text: { state: true }, files: { state: true }, problem: { state: true }, pick: { state: true }, over: { state: true }, stopping: { state: true }, hits: { state: true },
  };
  declare conversationId: string;
  declare working: boolean;
  /** what is sent will wait behind something */
  declare queueing: boolean;
  declare commands: SlashCommand[];
  /** whose files an `@` names; empty while it cannot be asked */
  declare workspaceId: string;
  declare text: string;
  declare files: Attachment[];
  declare problem: string;
  declare pick: number;
  declare over: boolean;
  declare stopping: boolean;
  /** files for what stands behind an `@` */
  declare hits: Hit[];
  private touched = false;
  private closedFor = '';
  private asked: AbortController | null = null;
  private askSoon: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.conversationId = '';
    this.working = false;
    this.queueing = false;
    this.commands = [];
    this.workspaceId = '';
    this.hits = [];
    this.text = '';
    this.files = [];
    this.problem = '';
    this.pick = 0;
    this.over = false;
    this.stopping = false;
  }

  /** Typed within the last seconds: nothing may reload the page now. */
  typedAt = 0;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('conversationId') && this.conversationId) void this.load();
    if (changed.has('working') && !this.working) this.stopping = false;
  }

  private async load(): Promise<void> {
    const id = this.conversationId;
    this.text = '';
    this.files = [];
    this.touched = false;
    const draft = await drafts.read(id);
    if (!draft || this.touched || id !== this.conversationId) return;
    this.text = draft.text;
    this.files = draft.files;
  }

  private suggestions(): Suggestion[] {
    if (this.closedFor === this.text) return [];
    if (this.hits.length > 0) {
      return this.hits.map((h) => ({ key: h.path, face: html`<b>${shown(nameOf(h.path))}</b><span>${shown(parentOf(h.path)) || 'in the project’s folder'}</span>`, run: () => this.name(h.path) }));
    }
    const typed = /^\/(\S*)$/.exec(this.text);
    if (!typed) return [];
    const word = typed[1]!.toLowerCase();
    const fits = (c: SlashCommand) => c.name.replace(/^\//, '').toLowerCase();
    const found = this.commands.filter((c) => fits(c).includes(word)).sort((a, b) => Number(fits(b).startsWith(word)) - Number(fits(a).startsWith(word))).slice(0, 8);
    return found.length === 1 && fits(found[0]!) === word ? [] : found.map((c) => ({
      key: c.name, face: html`<b>/${c.name.replace(/^\//, '')}</b>${c.argumentHint ? html` <i>${c.argumentHint}</i>` : nothing}<span>${c.description}</span>`, run: () => this.choose(c),
    }));
  }

  /** Looks for the files that are meant by what stands before the caret. */
  private ask(): void {
    this.asked?.abort();
    clearTimeout(this.askSoon);
    const { area, workspaceId } = this;
    const q = area && workspaceId ? mentioned(this.text.slice(0, area.selectionStart)) : null;
    if (q === null) {
      this.hits = [];
      return;
    }
    const { signal } = (this.asked = new AbortController());
    this.askSoon = setTimeout(async () => {
      try {
        const { FilesApi } = await import('../files/api.ts');
        const { hits } = await new FilesApi(workspaceId).find(q, 8, signal);
        if (!signal.aborted) this.hits = hits;
      } catch {
        // A message can be written without them.
        if (!signal.aborted) this.hits = [];
      }
    }, 80);
  }

  private name(path: string): void {
    const { area } = this;
    if (!area) return;
    const caret = area.selectionStart;
    const before = this.text.slice(0, caret).replace(/@[^\s@]*$/, `${mention(path)} `);
    this.text = before + this.text.slice(caret).replace(/^ /, '');
    this.hits = [];
    this.keep();
    area.focus();
    void this.updateComplete.then(() => area.setSelectionRange(before.length, before.length));
  }

  protected override render() {
    const commands = this.suggestions();
    const empty = this.text.trim() === '' && this.files.length === 0;
    const name = this.queueing ? 'Queue' : 'Send';
    return html`<form class="cv-composer" data-over=${this.over || nothing} @submit=${(e: Event) => { e.preventDefault(); void this.send(); }}
        @dragover=${(e: DragEvent) => { if (e.dataTransfer?.types.includes('Files')) { e.preventDefault(); this.over = true; } }}
        @dragleave=${() => (this.over = false)} @drop=${this.dropped}>
      ${commands.length > 0 ? html`<div class="cv-commands" role="listbox" id="cv-commands" aria-label=${this.hits.length > 0 ? 'Files' : 'Commands'}>${commands.map((c, i) => html`
        <button type="button" role="option" id=${`cv-command-${i}`} aria-selected=${i === this.pick} @click=${c.run}>${c.face}</button>`)}</div>` : nothing}
      ${this.problem ? html`<div class="cv-problem" role="alert"><span>${this.problem}</span><button type="button" class="cv-text-button" @click=${() => (this.problem = '')}>Close</button></div>` : nothing}
      ${this.files.length > 0 ? html`<ul class="cv-attached" aria-label="Attachments">${this.files.map((f, i) => html`<li>
        ${f.mediaType.startsWith('image/') && f.data ? html`<img alt="" src=${`data:${f.mediaType};base64,${f.data}`}>` : icon('file')}<span>${f.name}</span>
        <button type="button" class="cv-icon-button" aria-label=${`Remove ${f.name}`} @click=${() => this.drop(i)}>${icon('close')}</button></li>`)}</ul>` : nothing}
      <div class="cv-composer-row">
        <button type="button" class="cv-icon-button" aria-label="Attach" @click=${() => this.querySelector<HTMLInputElement>('input[type=file]')!.click()}>${icon('attach')}</button>
        <input type="file" hidden multiple @change=${(e: Event) => { const input = e.target as HTMLInputElement; void this.add([...input.files ?? []]); input.value = ''; }}>
        <textarea aria-label="Message" placeholder="Message" rows="1" enterkeyhint=${onPhone() ? 'enter' : 'send'} autocapitalize="sentences" .value=${live(this.text)}
          aria-autocomplete=${commands.length > 0 ? 'list' : nothing} aria-controls=${commands.length > 0 ? 'cv-commands' : nothing}
          aria-activedescendant=${commands.length > 0 ? `cv-command-${this.pick}` : nothing}
          @input=${this.typed} @keydown=${this.key} @paste=${this.pasted}></textarea>
        ${this.working ? html`<button type="button" class="cv-stop" ?disabled=${this.stopping} @click=${this.stop}>Stop</button>` : nothing}
        <button type="submit" class="cv-send" ?disabled=${empty}>${name}</button>
      </div></form>`;
  }

  protected override updated(): void {
    const area = this.area;
    if (!area) return;
    // The height follows the text, up to what still leaves the conversation in sight.
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  private get area(): HTMLTextAreaElement | null {
    return this.querySelector('textarea');
  }

  private readonly typed = (event: Event) => {
    this.text = (event.target as HTMLTextAreaElement).value;
    this.pick = 0;
    if (this.text !== this.closedFor) this.closedFor = '';
    this.keep();
    this.ask();
  };

  private keep(): void {
    this.touched = true;
    this.typedAt = Date.now();
    void drafts.keep({ conversationId: this.conversationId, text: this.text, files: this.files });
  }

  private readonly key = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const commands = this.suggestions();
    if (commands.length > 0) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (step) {
        this.pick = (this.pick + step + commands.length) % commands.length;
        event.preventDefault();
        return;
      }
      if (event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey)) {
        (commands[this.pick] ?? commands[0]!).run();
        event.preventDefault();
        return;
      }
      if (event.key === 'Escape') {
        this.closedFor = this.text;
        this.hits = [];
        this.requestUpdate();
        event.preventDefault();
        return;
      }
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || (!event.shiftKey && !event.altKey && !onPhone()))) {
      event.preventDefault();
      void this.send();
    }
  };

  private choose(command: SlashCommand): void {
    this.text = `/${command.name.replace(/^\//, '')} `;
    this.keep();
    this.area?.focus();
  }

  private readonly pasted = (event: ClipboardEvent) => {
    const files = [...event.clipboardData?.files ?? []];
    if (files.length === 0) return;
    event.preventDefault();
    void this.add(files);
  };

  private readonly dropped = (event: DragEvent) => {
    event.preventDefault();
    this.over = false;
    void this.add([...event.dataTransfer?.files ?? []]);
  };

  private async add(files: File[]): Promise<void> {
    this.problem = '';
    for (const file of files) {
      if (this.files.length >= FILES) {
        this.problem = `At most ${FILES} files go with one message.`;
        break;
      }
      try {
        this.files = [...this.files, await attach(file)];
      } catch (error) {
        this.problem = (error as Error).message;
      }
    }
    this.keep();
  }

  private drop(index: number): void {
    this.files = this.files.filter((_, i) => i !== index);
    this.keep();
  }

  /** Adds to what is written, below it. */
  addText(text: string): void {
    this.text = [this.text.trimEnd(), text].filter(Boolean).join('\n\n');
    this.keep();
  }

  private async send(): Promise<void> {
    const text = this.text.trim();
    if (text === '' && this.files.length === 0) return;
    if (new TextEncoder().encode(text).length > MESSAGE_BYTES) {
      this.problem = 'The message is larger than 1 MB. Attach it as a file instead.';
      return;
    }
    this.problem = '';
    const id = newId();
    const { files } = this;
    this.asked?.abort();
    clearTimeout(this.askSoon);
    this.hits = [];
    // The field is free at once: what is typed while this one is written down is the next message.
    this.text = '';
    this.files = [];
    try {
      await outbox.add(write.message(this.conversationId, id, text, 'queue', files), this.conversationId);
      if (this.text !== '' || this.files.length > 0) this.keep();
      this.dispatchEvent(new CustomEvent('sent', { detail: { id } }));
    } catch (error) {
      this.text = [text, this.text].filter(Boolean).join('\n\n');
      this.files = [...files, ...this.files];
      this.problem = here((error as Error).message);
    }
    this.area?.focus();
  }

  private readonly stop = async () => {
    this.stopping = true;
    try {
      await outbox.add(write.interrupt(this.conversationId, newId()));
    } catch (error) {
      this.problem = here((error as Error).message);
      this.stopping = false;
    }
  };
}
define('cv-composer', CvComposer);
