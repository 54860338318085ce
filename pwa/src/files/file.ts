import { html, nothing } from 'lit';
import { diffView } from '../elements/diff.ts';
import { define, here, Light, onPhone } from '../elements/base.ts';
import '../elements/markdown.ts';
import '../elements/menu.ts';
import type { MenuItem } from '../elements/menu.ts';
import { icon } from '../icons.ts';
import { FilesApi } from './api.ts';
import type { CallProblem, Info } from './api.ts';
import { kept } from './kept.ts';
import { difference, merged } from './merge.ts';
import { shown } from './paths.ts';
import { sheet, state } from './viewers.ts';
import type { CvEditor } from './editor.ts';

/** What may be changed here; longer texts are shown in windows. */
const EDITABLE = 2 * 1024 * 1024;
/** how long words about what was done stay */
const SAID_MS = 8000;

/** A text of the workspace, and its version there; null: there is no such file. */
interface Version {
  text: string;
  etag: string | null;
}

/** One file: shown as what it is, and changed where it is text. Events: `back`, `download`. */
export class CvFile extends Light {
  static override properties = {
    workspaceId: { attribute: false }, path: { attribute: false }, line: { attribute: false }, reachable: { attribute: false }, fresh: { attribute: false }, menu: { attribute: false }, info: { state: true }, mine: { state: true },
    there: { state: true }, problem: { state: true }, editing: { state: true }, saving: { state: true }, said: { state: true }, theirs: { state: true }, both: { state: true }, aside: { state: true },
    plain: { state: true }, ready: { state: true }, unkept: { state: true },
  };
  declare workspaceId: string;
  declare path: string;
  /** where a search led to, from 1; 0: the beginning */
  declare line: number;
  declare reachable: boolean;
  /** it was made a moment ago, to be written in */
  declare fresh: boolean;
  declare menu: MenuItem[];
  declare info: Info | null;
  /** the text as it stands here; null: it is not for the editor */
  declare mine: string | null;
  /** what it began with */
  declare there: Version;
  declare problem: string;
  declare editing: boolean;
  declare saving: boolean;
  declare said: string;
  /** another version that was met; text null: the file is gone */
  declare theirs: { etag: string | null; text: string | null } | null;
  declare both: boolean;
  /** the version that was not chosen */
  declare aside: string | null;
  /** the editor is loaded */
  declare ready: boolean;
  /** it could not be loaded: then a plain field does it */
  declare plain: boolean;
  declare unkept: boolean;
  private asked: AbortController | null = null;
  private heard = false;
  private hush: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.workspaceId = '';
    this.path = '';
    this.line = 0;
    this.reachable = true;
    this.fresh = false;
    this.menu = [];
    this.plain = false;
    this.ready = false;
    this.reset();
  }

  private reset(): void {
    this.info = null;
    this.mine = null;
    this.there = { text: '', etag: null };
    this.problem = '';
    this.editing = !onPhone();
    this.saving = false;
    this.said = '';
    this.theirs = null;
    this.both = false;
    this.aside = null;
    this.unkept = false;
  }

  private get api(): FilesApi {
    return new FilesApi(this.workspaceId);
  }

  get dirty(): boolean {
    return this.mine !== null && this.mine !== this.there.text;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.asked?.abort();
    clearTimeout(this.hush);
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('said')) {
      clearTimeout(this.hush);
      this.hush = setTimeout(() => { if (this.aside === null) this.said = ''; }, SAID_MS);
    }
    if (changed.has('path') || changed.has('workspaceId') || changed.has('line')) void this.load();
    else if (changed.get('reachable') === false && this.reachable) void (this.info ? this.check() : this.load());
  }

  /** Reads what is there, and takes up what was typed before. */
  private async load(): Promise<void> {
    this.asked?.abort();
    const { signal } = (this.asked = new AbortController());
    this.reset();
    const { path } = this;
    const edit = await kept.read(this.workspaceId, path);
    if (signal.aborted) return;
    if (edit) {
      this.mine = edit.text;
      this.there = { text: edit.base, etag: edit.etag };
      this.editing = true;
      this.said = here('What you wrote before is still here, not saved.');
      this.open();
    }
    try {
      const info = await this.api.info(path, signal);
      const now = await this.read(info, signal);
      if (signal.aborted) return;
      this.info = info;
      if (now === null) return;
      if (!edit) {
        this.there = now;
        this.mine = now.text;
        this.editing = this.fresh || (this.editing && info.kind === 'text');
        // Where a search led to is a line of the text.
        if (this.line > 0 && info.kind !== 'text') this.editing = true;
        this.open();
      } else if (now.etag !== edit.etag) this.meet(now);
      else if (!this.dirty) this.keep();
    } catch (error) {
      if (signal.aborted) return;
      if (edit && (error as CallProblem).status === 404) {
        if (edit.etag !== null) this.theirs = { etag: null, text: null };
      } else if (!edit) this.problem = (error as Error).message;
    }
  }

  private open(): void {
    import('./editor.ts').then(() => (this.ready = true), () => (this.plain = true));
  }

  /** @returns null when it is nothing that could be written back as it is */
  private async read(info: Info, signal?: AbortSignal): Promise<Version | null> {
    if (info.encoding !== 'utf-8' || info.entry.size > EDITABLE) return null;
    const { bytes, etag } = await this.api.content(this.path, signal);
    const text = decoded(bytes);
    return text === null ? null : { text, etag };
  }

  /** Something happened to it in the workspace: takes the new text, or asks when something was written here. */
  async check(): Promise<void> {
    if (this.saving) {
      this.heard = true;
      return;
    }
    const signal = this.asked?.signal;
    try {
      const info = await this.api.info(this.path, signal);
      if (this.mine === null) {
        this.info = info;
        return;
      }
      if (info.etag === this.there.etag || (this.theirs && info.etag === this.theirs.etag)) return;
      const now = await this.read(info, signal);
      if (signal?.aborted || this.saving) return;
      if (now === null) {
        if (!this.dirty) void this.load();
        else this.problem = 'It was changed in the workspace, and is no text any more that can be changed here. What you wrote is kept.';
        return;
      }
      this.info = info;
      if (!this.dirty) {
        this.show(now, now.text);
        this.said = 'Changed in the workspace a moment ago';
      } else this.meet(now);
    } catch (error) {
      if (signal?.aborted) return;
      if ((error as CallProblem).status === 404) this.theirs = { etag: null, text: null };
    }
  }

  private meet(now: Version): void {
    // Both wrote the same: nothing is left to ask.
    if (now.text === this.mine) {
      this.there = now;
      this.theirs = null;
      this.keep();
    } else this.theirs = now;
  }

  private show(there: Version, mine: string): void {
    this.there = there;
    this.mine = mine;
    this.theirs = null;
    this.both = false;
    const editor = this.querySelector<CvEditor>('cv-editor');
    if (editor) editor.text = mine;
    this.keep();
  }

  private keep(): void {
    const edit = this.dirty ? { text: this.mine!, base: this.there.text, etag: this.there.etag } : null;
    kept.keep(this.workspaceId, this.path, edit).then(() => (this.unkept = false), () => (this.unkept = edit !== null));
  }

  private readonly typed = (text: string) => {
    this.mine = text;
    this.said = '';
    this.keep();
  };

  // --- saving -----------------------------------------------------------------------------------------------------------

  private async save(etag = this.there.etag): Promise<boolean> {
    const { mine, path } = this;
    if (mine === null) return false;
    this.saving = true;
    this.problem = '';
    let done = false;
    try {
      this.there = { etag: await this.api.save(path, mine, etag), text: mine };
      this.theirs = null;
      this.both = false;
      this.aside = null;
      this.keep();
      this.said = 'Saved';
      done = true;
      if (!this.info) this.info = await this.api.info(path);
    } catch (error) {
      const met = error as CallProblem;
      if (met.status !== 412) this.problem = `Not saved: ${met.message} What you wrote is kept.`;
      else this.heard = true;
    }
    this.saving = false;
    if (this.heard) {
      this.heard = false;
      await this.check();
    }
    return done;
  }

  private async keepMine(): Promise<void> {
    const { theirs } = this;
    if (theirs && (await this.save(theirs.etag))) this.aside = theirs.text;
  }

  private takeTheirs(): void {
    const { theirs, mine } = this;
    if (!theirs || theirs.text === null || mine === null) return;
    this.show({ text: theirs.text, etag: theirs.etag }, theirs.text);
    this.aside = mine;
    this.said = 'This is the version that is in the workspace.';
  }

  private merge(): void {
    const { theirs, mine } = this;
    if (!theirs || theirs.text === null || mine === null) return;
    const both = merged(this.there.text, mine, theirs.text);
    this.show({ text: theirs.text, etag: theirs.etag }, both.text);
    this.aside = mine;
    this.editing = true;
    this.said = both.conflicts === 0 ? 'Both are in it now. Look at it, then save.'
      : `Both are in it now. ${both.conflicts === 1 ? 'One place was' : `${both.conflicts} places were`} changed by both: look for <<<<<<<, then save.`;
  }

  /** The version that was not chosen comes back, as something that is not saved. */
  private swap(): void {
    const { aside, mine } = this;
    if (aside === null) return;
    this.show(this.there, aside);
    this.editing = true;
    this.aside = mine;
    this.said = '';
  }

  private discard(): void {
    kept.keep(this.workspaceId, this.path, null).then(() => this.load(), () => this.load());
  }

  // --- the screen -------------------------------------------------------------------------------------------------------

  protected override render() {
    const rich = this.mine !== null && this.info !== null && ['markdown', 'csv', 'image'].includes(this.info.kind ?? '');
    const reads = this.mine !== null && !this.editing;
    return html`<div class="cv-file-head">
        <button type="button" class="cv-icon-button cv-file-back" aria-label="All files" @click=${() => this.dispatchEvent(new CustomEvent('back'))}>${icon('back')}</button>
        <h2><bdi>${shown(this.path)}</bdi></h2>
        ${reads && !this.info?.entry.readOnly ? html`<button type="button" class="cv-text-button" @click=${() => (this.editing = true)}>Edit</button>` : rich && this.editing ? html`<button type="button" class="cv-text-button" @click=${() => (this.editing = false)}>Preview</button>` : nothing}
        ${this.dirty ? html`<button type="button" class="cv-button cv-primary cv-save" ?disabled=${this.saving || !this.reachable || this.theirs !== null} @click=${() => this.save()}>${this.saving ? 'Saving' : 'Save'}</button>` : nothing}
        <cv-menu .name=${'More about this file'} .face=${icon('more')} .items=${() => this.items()}></cv-menu></div>
      ${this.problem ? html`<div class="cv-problem" role="alert"><span>${this.problem}</span><button type="button" class="cv-text-button" @click=${() => (this.mine !== null || this.info ? (this.problem = '') : this.load())}>${this.mine !== null || this.info ? 'Close' : 'Try again'}</button></div>` : nothing}
      ${this.note()}${this.conflict()}${this.both ? nothing : this.body()}`;
  }

  private items(): MenuItem[] {
    return [...(this.dirty ? [{ label: 'Discard what I wrote', bad: true, run: () => this.discard() }] : []), ...this.menu];
  }

  private note() {
    const words = this.unkept ? here('This phone does not keep what you write. Save before you leave.') : this.said;
    if (words === '' && this.aside === null) return nothing;
    return html`<div class="cv-file-said" role="status"><span>${words}</span>${this.aside === null ? nothing : html`<button type="button" class="cv-text-button" @click=${() => this.swap()}>Other version</button>`}</div>`;
  }

  private conflict() {
    const { theirs, mine } = this;
    if (!theirs) return nothing;
    const name = html`<bdi>${shown(this.path)}</bdi>`;
    if (theirs.text === null) {
      return html`<div class="cv-ask-restore" role="group" aria-label="Deleted in the workspace"><p><b>${name} was deleted in the workspace.</b> ${this.dirty ? 'What you wrote is still here.' : 'This is what was in it.'}</p>
        <div class="cv-buttons"><button type="button" class="cv-button" ?disabled=${!this.reachable} @click=${() => this.save(null)}>Save it again</button>
          <button type="button" class="cv-button cv-danger" @click=${() => { void kept.keep(this.workspaceId, this.path, null); this.dispatchEvent(new CustomEvent('back')); }}>Let it go</button></div></div>`;
    }
    const change = this.both ? difference(theirs.text, mine ?? '') : null;
    return html`<div class="cv-ask-restore" role="group" aria-label="Changed underneath"><p><b>${name} was changed in the workspace while you wrote.</b> Nothing was overwritten.</p>
      <div class="cv-buttons cv-choice"><button type="button" class="cv-button" ?disabled=${!this.reachable} @click=${() => this.keepMine()}>Keep mine</button>
        <button type="button" class="cv-button" @click=${() => this.takeTheirs()}>Take theirs</button>
        <button type="button" class="cv-button" @click=${() => this.merge()}>Merge both</button>
        <button type="button" class="cv-button" aria-pressed=${this.both} @click=${() => (this.both = !this.both)}>${this.both ? 'Hide difference' : 'See difference'}</button></div></div>
      ${change ? html`<div class="cv-both"><p class="cv-file-note">From the workspace's version to yours</p>${diffView({ path: shown(this.path), ...change }, true, () => undefined)}</div>` : nothing}`;
  }

  private body() {
    const { info, mine } = this;
    const name = shown(this.path);
    if (mine === null) {
      if (!info) return this.problem ? nothing : state(html`<p>Loading <bdi>${name}</bdi></p>`, 'status');
      return html`${info.encoding !== null && info.encoding !== 'utf-8' ? html`<p class="cv-file-note">Written in ${info.encoding}: shown, not to be changed here.</p>` : nothing}<cv-file-view .api=${this.api} .info=${info} .line=${this.line}></cv-file-view>`;
    }
    if (!this.editing) {
      const region = (content: unknown) => html`<div class="cv-file-scroll" tabindex="0" role="region" aria-label=${name}>${content}</div>`;
      if (info?.kind === 'markdown') return region(html`<cv-markdown .text=${mine}></cv-markdown>`);
      if (info?.kind === 'csv') return region(sheet(mine));
      if (info?.kind === 'image') return html`<cv-file-view .api=${this.api} .info=${info}></cv-file-view>`;
    }
    if (this.plain) return html`<textarea class="cv-plain" aria-label=${`Text of ${name}`} spellcheck="false" autocapitalize="off" .value=${mine} ?readonly=${!this.editing} @input=${(e: Event) => this.typed((e.target as HTMLTextAreaElement).value)}></textarea>`;
    if (!this.ready) return state(html`<p>Loading <bdi>${name}</bdi></p>`, 'status');
    return html`<cv-editor .path=${this.path} .text=${mine} .line=${this.line} .editable=${this.editing && !info?.entry.readOnly} @typed=${(e: CustomEvent<string>) => this.typed(e.detail)} @save=${() => this.dirty && !this.theirs && this.save()}></cv-editor>`;
  }
}
define('cv-file', CvFile);

/** @returns null when it is no UTF-8: then it is shown and not changed, because saving would spoil it */
function decoded(content: ArrayBuffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null;
  }
}
