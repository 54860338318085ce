import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { html, nothing } from 'lit';
import { copy, define, here, Light, newId, onPhone } from '../elements/base.ts';
import type { MenuItem } from '../elements/menu.ts';
import '../elements/menu.ts';
import { icon } from '../icons.ts';
import { connection } from '../live/connection.ts';
import { EXTRA_KEYS, modified } from './keys.ts';
import type { ExtraKey } from './keys.ts';
import { TerminalLink } from './link.ts';
import type { Socket } from './link.ts';
import { fontFamily, MAX_SIZE, MIN_SIZE, settings, theme, watchTheme } from './look.ts';
import { call, listed } from './terminals.ts';
import { scrollByTouch } from './touch.ts';

const HISTORY_LINES = 5_000;

/**
 * The terminals of a workspace, and read-only the agent's pane. Attributes `workspace-id`, `conversation-id`; property `online`: whether the
 * workspace is connected, `starting`: whether it is on its way. Event `start-workspace`.
 */
export class CvTerminal extends Light {
  static override properties = {
    workspaceId: { attribute: 'workspace-id' }, conversationId: { attribute: 'conversation-id' }, online: { type: Boolean }, starting: { type: Boolean },
    name: { state: true }, names: { state: true }, pane: { state: true }, ctrl: { state: true }, alt: { state: true }, asking: { state: true }, text: { state: true },
    searching: { state: true }, problem: { state: true },
  };
  declare workspaceId: string;
  declare conversationId: string;
  declare online: boolean;
  declare starting: boolean;
  declare name: string;
  declare names: string[];
  /** shows the agent's pane */
  declare pane: boolean;
  declare ctrl: boolean;
  declare alt: boolean;
  declare asking: '' | 'new' | 'rename' | 'close' | 'paste';
  /** the terminal's text, to select from */
  declare text: string;
  declare searching: boolean;
  declare problem: string;
  private term: Terminal | null = null;
  private readonly fit = new FitAddon();
  private readonly search = new SearchAddon();
  private link: TerminalLink | null = null;
  /** where that link leads; a rename changes it */
  private at = { path: '' };
  /** what is typed while the clipboard is read: it comes after what is pasted */
  private behind: string[] | null = null;

  constructor() {
    super();
    this.workspaceId = '';
    this.conversationId = '';
    this.online = false;
    this.starting = false;
    this.name = 'default';
    this.names = [];
    this.pane = false;
    this.ctrl = false;
    this.alt = false;
    this.asking = '';
    this.text = '';
    this.searching = false;
    this.problem = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(connection, 'state', () => connection.state === 'online' && this.link?.hurry());
    this.follow(window, 'online', () => this.link?.hurry());
    this.follow(document, 'visibilitychange', () => (document.hidden ? this.link?.save() : this.link?.hurry()));
    this.follow(window, 'pagehide', () => this.link?.save());
    this.later(watchTheme(() => this.term && (this.term.options.theme = theme())));
    if (this.hasUpdated) void this.begin();
  }

  protected override firstUpdated(): void {
    void this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.link?.close();
    this.link = null;
    this.term?.dispose();
    this.term = null;
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has('workspaceId') && changed.get('workspaceId') && this.term) {
      this.names = [];
      this.show('default');
    } else if (changed.has('conversationId') && changed.get('conversationId') && this.term && this.pane) this.show(this.name, true);
    if (changed.has('online') && this.online && (this.link?.state === 'stopped' || this.link?.state === 'waiting')) this.link.open();
  }

  private get place(): HTMLElement {
    return this.querySelector<HTMLElement>('.cv-term-screen')!;
  }

  private async begin(): Promise<void> {
    await styles();
    await document.fonts?.ready;
    if (!this.isConnected || this.term) return;
    const term = (this.term = new Terminal({
      allowProposedApi: true, cursorBlink: false, fontFamily: fontFamily(), fontSize: settings.size, lineHeight: 1.15, macOptionIsMeta: false, macOptionClickForcesSelection: true,
      minimumContrastRatio: 4.5, rightClickSelectsWord: true, screenReaderMode: settings.reader, scrollback: HISTORY_LINES, theme: theme(), scrollOnUserInput: true,
    }));
    for (const addon of [this.fit, this.search, new Unicode11Addon(), new WebLinksAddon()]) term.loadAddon(addon);
    term.unicode.activeVersion = '11';
    term.attachCustomKeyEventHandler((event) => this.shortcut(event));
    term.onData((data) => this.typed(data));
    term.onBinary((data) => this.link?.type(Uint8Array.from(data, (c) => c.charCodeAt(0))));
    term.onResize(({ cols, rows }) => this.link?.resize(cols, rows));
    term.open(this.place);
    term.textarea?.setAttribute('aria-label', 'Terminal input; Ctrl+F6 leaves it');
    this.fit.fit();
    const observer = new ResizeObserver(() => this.place.clientHeight > 0 && this.fit.fit());
    observer.observe(this.place);
    this.later(() => observer.disconnect());
    this.later(scrollByTouch(this.place, term, () => this.select()));
    this.attach();
    if (!onPhone()) term.focus();
    void this.refresh();
  }

  /** Where the terminal that is shown is reached. */
  private get path(): string {
    return this.pane
      ? `/api/v1/conversations/${encodeURIComponent(this.conversationId)}/pane/socket`
      : `/api/v1/workspaces/${encodeURIComponent(this.workspaceId)}/terminals/${encodeURIComponent(this.name)}/socket`;
  }

  private attach(): void {
    const at = (this.at = { path: this.path });
    const term = this.term!;
    const origin = location.origin.replace(/^http/, 'ws');
    const link = (this.link = new TerminalLink({
      url: () => origin + at.path,
      connect: (url) => new WebSocket(url) as unknown as Socket,
      show: (bytes, shown) => term.write(bytes, shown),
      anew: () => term.reset(),
      size: () => ({ columns: term.cols, rows: term.rows }),
      keep: {
        read: () => sessionStorage.getItem(kept(at.path)),
        write: (text) => {
          try {
            sessionStorage.setItem(kept(at.path), text);
          } catch {
            // Full or blocked: it holds for as long as the page does.
          }
        },
      },
      newId,
    }));
    term.reset();
    term.options.disableStdin = this.pane;
    for (const event of ['state', 'doubt']) link.addEventListener(event, () => this.requestUpdate());
    link.addEventListener('state', () => link.state === 'open' && void this.refresh());
    link.open();
    this.requestUpdate();
  }

  private async refresh(): Promise<void> {
    try {
      this.names = await listed(this.workspaceId);
    } catch {
      // The list is as it was.
    }
  }

  /** From the keyboard, the extra keys or the clipboard. */
  private typed(data: string): void {
    if (this.pane) return;
    if (this.behind) {
      this.behind.push(data);
      return;
    }
    const held = { ctrl: this.ctrl, alt: this.alt };
    this.ctrl = this.alt = false;
    if (!this.link?.type(new TextEncoder().encode(modified(data, held)))) this.problem = 'That is too much at once while it does not arrive. Wait for the connection.';
  }

  private press(key: ExtraKey): void {
    this.typed(key.application && this.term?.modes.applicationCursorKeysMode ? key.application : key.sends);
    this.term?.scrollToBottom();
  }

  /** @returns false: the key is not for the terminal */
  private shortcut(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    const both = (event.ctrlKey && event.shiftKey) || event.metaKey;
    // Tab is the terminal's: this is the way out.
    if (event.ctrlKey && event.code === 'F6') {
      event.preventDefault();
      document.querySelector<HTMLElement>('.cv-tabs [aria-selected=true]')?.focus();
      return false;
    }
    if (both && event.code === 'KeyC' && this.term?.hasSelection()) {
      event.preventDefault();
      void copy(this.term.getSelection());
      return false;
    }
    // The browser pastes, which the terminal then hears.
    if (both && event.code === 'KeyV') return false;
    if (both && event.code === 'KeyF') {
      event.preventDefault();
      this.searching = true;
      void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-term-search input')?.focus());
      return false;
    }
    return true;
  }

  private readonly paste = async () => {
    const { link } = this;
    this.behind ??= [];
    this.term?.focus();
    try {
      const text = await navigator.clipboard.readText();
      if (this.link === link) this.release(text);
    } catch {
      this.release();
      void this.ask('paste');
    }
  };

  /** Pastes `text`, and then what was typed while it was asked for. */
  private release(text = ''): void {
    const typed = this.behind ?? [];
    this.behind = null;
    if (text) this.term?.paste(text);
    for (const data of typed) this.typed(data);
  }

  private readonly hideKeyboard = () => this.term?.blur();

  /** The text as plain text, where the system's own selection works. */
  private select(): void {
    const buffer = this.term!.buffer.active;
    const lines: string[] = [];
    for (let i = 0; i < buffer.length; i++) {
      const line = buffer.getLine(i)!;
      const text = line.translateToString(true);
      if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    this.text = lines.join('\n').trimEnd() || ' ';
    this.hideKeyboard();
    void this.updateComplete.then(() => {
      const shown = this.querySelector<HTMLElement>('.cv-term-text pre')!;
      shown.scrollTop = shown.scrollHeight;
      shown.focus({ preventScroll: true });
    });
  }

  private size(step: number): void {
    settings.size = this.term!.options.fontSize! + step;
    this.term!.options.fontSize = settings.size;
    this.fit.fit();
  }

  private reader(): void {
    settings.reader = !settings.reader;
    this.term!.options.screenReaderMode = settings.reader;
    this.requestUpdate();
  }

  private async ask(what: CvTerminal['asking']): Promise<void> {
    this.asking = what;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.cv-term-ask :is(input, textarea, button)')?.focus();
  }

  /** From here on what is typed is for this one. */
  private show(name: string, pane = false): void {
    this.release();
    this.link?.close(); // it keeps what waits, under its own name
    this.name = name;
    this.pane = pane;
    this.problem = '';
    this.text = '';
    this.attach();
    if (!onPhone()) this.term?.focus();
  }

  private readonly answer = async (event: Event) => {
    event.preventDefault();
    const value = new FormData(event.target as HTMLFormElement).get('value')?.toString() ?? '';
    const asked = this.asking;
    this.asking = '';
    this.problem = '';
    this.term?.focus();
    try {
      if (asked === 'paste') this.term?.paste(value);
      else if (asked === 'new') await this.make(value.trim());
      else if (asked === 'rename') await this.rename(value.trim());
      else if (asked === 'close') await this.shut();
    } catch (error) {
      this.problem = (error as Error).message;
    }
    await this.refresh();
  };

  /** It is shown before it is there: what the person types next must not go to the one before. */
  private async make(name: string): Promise<void> {
    const before = this.name;
    this.show(name);
    try {
      await call('PUT', this.workspaceId, name);
    } catch (error) {
      if (this.name === name) {
        this.forget();
        this.show(before);
      }
      throw error;
    }
  }

  /** The terminal is the same one, and so is its link with all that waits in it. */
  private async rename(name: string): Promise<void> {
    const before = this.name;
    await call('PATCH', this.workspaceId, before, { name });
    if (this.name !== before) return;
    sessionStorage.removeItem(kept(this.at.path));
    this.name = name;
    this.at.path = this.path;
    this.link?.save();
  }

  private async shut(): Promise<void> {
    const { name, link } = this;
    await call('DELETE', this.workspaceId, name);
    if (this.name !== name || this.link !== link) return;
    this.forget();
    await this.refresh();
    this.show(this.names.find((other) => other !== name) ?? 'default');
  }

  /** What waits for a terminal that is not there any more is for no other one of that name. */
  private forget(): void {
    this.link?.close();
    this.link = null;
    sessionStorage.removeItem(kept(this.at.path));
  }

  private readonly cancel = () => {
    this.asking = '';
    this.term?.focus();
  };

  private get places(): MenuItem[] {
    const names = this.names.includes(this.name) ? this.names : [...this.names, this.name];
    return [
      ...names.map((name) => ({ label: name, checked: !this.pane && name === this.name, run: () => this.show(name) })),
      { label: 'Agent’s pane, to look at', checked: this.pane, run: () => this.show(this.name, true) },
      { label: 'New terminal…', run: () => void this.ask('new') },
      ...(this.pane ? [] : [{ label: 'Rename…', run: () => void this.ask('rename') }, { label: 'Close terminal…', bad: true, run: () => void this.ask('close') }]),
    ];
  }

  private get tools(): MenuItem[] {
    const size = this.term?.options.fontSize ?? 13;
    return [
      { label: 'Select text', run: () => this.select() },
      { label: 'Search', run: () => { this.searching = true; void this.updateComplete.then(() => this.querySelector<HTMLElement>('.cv-term-search input')?.focus()); } },
      ...(size < MAX_SIZE ? [{ label: `Larger text (${size + 1})`, run: () => this.size(1) }] : []),
      ...(size > MIN_SIZE ? [{ label: `Smaller text (${size - 1})`, run: () => this.size(-1) }] : []),
      { label: 'Draw anew, with the past', run: () => this.link?.open(true) },
      { label: settings.reader ? 'Screen reader mode: on' : 'Screen reader mode: off', run: () => this.reader() },
    ];
  }

  protected override render() {
    return html`<section class="cv-terminal" role="region" aria-label="Terminal">
      <div class="cv-term-bar">
        <cv-menu plain start .face=${html`<span class="cv-sr">Terminal: </span><span class="cv-term-name">${this.pane ? 'Agent’s pane' : this.name}</span>${icon('menu')}`} .items=${this.places}></cv-menu>
        <span class="cv-term-state" role="status" aria-label="Terminal’s connection">${this.state}</span>
        <cv-menu .name=${'Terminal settings'} .face=${icon('more')} .items=${this.tools}></cv-menu>
      </div>
      ${this.searchBar()}${this.question()}${this.doubt()}
      ${this.problem ? html`<div class="cv-problem" role="alert"><span>${this.problem}</span><button type="button" class="cv-text-button" @click=${() => (this.problem = '')}>Close</button></div>` : nothing}
      <div class="cv-term-box">
        <div class="cv-term-screen"></div>
        ${this.over()}${this.plain()}
      </div>
      ${this.pane ? nothing : this.row()}
    </section>`;
  }

  private get state(): string {
    switch (this.link?.state) {
      case 'open': return this.pane ? 'Read-only' : 'Connected';
      case 'waiting': return 'Not connected, trying again. What you type waits here.';
      case 'ended': return 'Ended';
      case 'stopped': return this.starting ? 'Starting' : 'Stopped';
      case 'refused': return 'Not possible';
      default: return 'Connecting';
    }
  }

  /** In place of the screen, when there is none. */
  private over() {
    const link = this.link;
    const box = (words: unknown, button: unknown) => html`<div class="cv-term-over"><p>${words}</p>${button}</div>`;
    if (link?.state === 'stopped' && this.starting) return box('The workspace is starting. The terminal opens by itself.', nothing);
    if (link?.state === 'stopped') return box(here(link.problem.replace(/ Start it\.$/, '')), html`<button type="button" class="cv-button cv-primary" @click=${() => this.dispatchEvent(new CustomEvent('start-workspace'))}>Start workspace</button>`);
    if (link?.state === 'ended') return box(this.pane ? 'There is nothing to look at: the agent does not run at the moment.' : `What ran here has ended${link.code ? ` (code ${link.code})` : ''}.`,
      html`<button type="button" class="cv-button cv-primary" @click=${() => link.open(true)}>${this.pane ? 'Look again' : 'Open a new one'}</button>`);
    if (link?.state === 'refused') return box(link.problem, html`<button type="button" class="cv-button" @click=${() => link.open(true)}>Try again</button>`);
    return nothing;
  }

  private doubt() {
    const bytes = this.link?.doubt;
    if (!bytes) return nothing;
    const text = new TextDecoder().decode(bytes).replace(/[\x00-\x1f\x7f]/g, (c) => (c === '\r' ? '⏎' : '·'));
    const settle = (again: boolean) => { this.link!.settle(again); this.term?.focus(); };
    return html`<div class="cv-stale cv-term-doubt" role="alert">${icon('warning')}<span>The connection to the terminal was lost while you typed, and it is not known whether this arrived: <code>${text.slice(-200)}</code> Look at the screen before you send it again.</span>
      <div class="cv-buttons"><button type="button" class="cv-button" @click=${() => settle(true)}>Type it again</button><button type="button" class="cv-button" @click=${() => settle(false)}>Leave it</button></div></div>`;
  }

  private question() {
    if (!this.asking) return nothing;
    const label = { new: 'Name of the new terminal', rename: 'New name', close: `Close ${this.name}? What runs in it is ended.`, paste: 'Paste here' }[this.asking];
    const verb = { new: 'Open', rename: 'Rename', close: 'Close terminal', paste: 'Send' }[this.asking];
    return html`<form class="cv-term-ask" @submit=${this.answer} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') this.cancel(); }}>
      <label>${label}${this.asking === 'close' ? nothing : this.asking === 'paste' ? html`<textarea class="cv-input" name="value" rows="3"></textarea>`
        : html`<input class="cv-input" name="value" maxlength="32" required autocomplete="off" autocapitalize="off" .value=${this.asking === 'rename' ? this.name : ''}>`}</label>
      <div class="cv-buttons"><button type="button" class="cv-button" @click=${this.cancel}>Cancel</button><button class="cv-button ${this.asking === 'close' ? 'cv-danger' : 'cv-primary'}">${verb}</button></div></form>`;
  }

  private searchBar() {
    if (!this.searching) return nothing;
    const find = (back: boolean) => {
      const text = this.querySelector<HTMLInputElement>('.cv-term-search input')!.value;
      if (back) this.search.findPrevious(text);
      else this.search.findNext(text);
    };
    const shut = () => { this.searching = false; this.search.clearDecorations(); this.term?.focus(); };
    return html`<form class="cv-term-search" role="search" @submit=${(e: Event) => { e.preventDefault(); find(true); }} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') shut(); }}>
      <input class="cv-input" type="search" aria-label="Search in the terminal" autocomplete="off" autocapitalize="off">
      <button type="button" class="cv-icon-button" aria-label="Earlier" @click=${() => find(true)}>${icon('up')}</button>
      <button type="button" class="cv-icon-button" aria-label="Later" @click=${() => find(false)}>${icon('menu')}</button>
      <button type="button" class="cv-icon-button" aria-label="Close search" @click=${shut}>${icon('close')}</button></form>`;
  }

  private plain() {
    if (!this.text) return nothing;
    return html`<div class="cv-term-text" role="dialog" aria-label="Text of the terminal" @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') this.text = ''; }}><pre tabindex="0">${this.text}</pre>
      <div class="cv-buttons"><button type="button" class="cv-button" @click=${() => void copy(getSelection()?.toString() || this.text)}>Copy</button>
        <button type="button" class="cv-button cv-primary" @click=${() => (this.text = '')}>Done</button></div></div>`;
  }

  /** Keys that an on-screen keyboard lacks. They must not take the focus, or the keyboard goes. */
  private row() {
    const key = (name: string, face: unknown, run: () => void, pressed?: boolean) => html`<button type="button" aria-label=${name} aria-pressed=${pressed ?? nothing} tabindex="-1"
      @pointerdown=${(e: Event) => e.preventDefault()} @mousedown=${(e: Event) => e.preventDefault()} @click=${run}>${face}</button>`;
    const [escape, tab, ...rest] = EXTRA_KEYS.map((k) => key(k.name, k.face, () => this.press(k)));
    return html`<div class="cv-term-keys" role="toolbar" aria-label="Extra keys">
      ${escape}${key('Ctrl', 'Ctrl', () => (this.ctrl = !this.ctrl), this.ctrl)}${key('Alt', 'Alt', () => (this.alt = !this.alt), this.alt)}${tab}${rest}
      ${key('Paste', 'Paste', () => void this.paste())}${key('Hide keyboard', 'Hide', this.hideKeyboard)}</div>`;
  }
}
define('cv-terminal', CvTerminal);

const kept = (path: string) => `cv-terminal:${path}`;

let loaded: Promise<void> | undefined;
/** The look of the terminal is loaded with it. */
function styles(): Promise<void> {
  return (loaded ??= new Promise((resolve) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = '/live/terminal.css';
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  }));
}
