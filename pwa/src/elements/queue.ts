import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../icons.ts';
import type { Waiting } from '../journal/waiting.ts';
import { write } from '../outbox/entries.ts';
import { outbox } from '../outbox/outbox.ts';
import { define, here, Light, newId } from './base.ts';
import './menu.ts';

const UNDO_MS = 6000;

/** What waits, as a strip: edit in place, move, delete with undo, say now. */
export class CvQueue extends Light {
  static override properties = {
    messages: { attribute: false }, conversationId: { attribute: false }, paused: { attribute: false }, working: { attribute: false },
    editing: { state: true }, deleted: { state: true }, dragging: { state: true }, problem: { state: true }, said: { state: true },
  };
  declare messages: Waiting[];
  declare conversationId: string;
  declare paused: { by: string; why: string } | null;
  declare working: boolean;
  declare editing: { id: string; text: string } | null;
  declare deleted: { message: Waiting; before: string | null } | null;
  declare dragging: string | null;
  declare problem: string;
  /** what a screen reader is told after a move */
  declare said: string;
  /** what had the focus before an update */
  private focused: HTMLElement | null = null;
  private undoTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.messages = [];
    this.paused = null;
    this.working = false;
    this.editing = null;
    this.deleted = null;
    this.dragging = null;
    this.problem = '';
    this.said = '';
  }

  protected override render() {
    if (this.messages.length === 0 && !this.paused && !this.deleted) return nothing;
    return html`<section class="cv-queue" aria-label="Waiting messages">
      <div class="cv-queue-head"><span>${this.messages.length > 0 ? `Queue ${this.messages.length}` : 'Queue'}</span>
        ${this.paused ? html`<span class="cv-paused">paused${this.paused.why ? `: ${this.paused.why}` : ''}</span>
          <button type="button" class="cv-text-button" @click=${() => this.say(write.resume(this.conversationId, newId()))}>Resume</button>` : nothing}</div>
      <ul role="list" aria-label="Queue">${repeat(this.messages, (m) => m.messageId, (m, i) => this.entry(m, i))}</ul>
      ${this.deleted ? html`<div class="cv-undo" role="status"><span>Deleted “${this.deleted.message.text.slice(0, 60)}”</span>
        <button type="button" class="cv-text-button" @click=${this.sayAgain}>Undo</button></div>` : nothing}
      ${this.problem ? html`<p class="cv-bad" role="alert">${this.problem}</p>` : nothing}
      <span class="cv-sr" aria-live="polite">${this.said}</span>
    </section>`;
  }

  private entry(m: Waiting, i: number) {
    if (this.editing?.id === m.messageId) return html`<li data-id=${m.messageId} class="cv-editing">
      <textarea class="cv-input" aria-label="Edit message" rows="3" .value=${this.editing.text} @input=${(e: Event) => (this.editing!.text = (e.target as HTMLTextAreaElement).value)}
        @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') void this.leave(); if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) void this.save(); }}></textarea>
      <div class="cv-buttons"><button type="button" class="cv-button" @click=${this.leave}>Cancel</button>
        <button type="button" class="cv-button cv-primary" @click=${this.save}>Save</button></div></li>`;
    const movable = m.queued && this.messages.filter((x) => x.queued).length > 1;
    return html`<li data-id=${m.messageId} data-dragging=${this.dragging === m.messageId || nothing}>
      ${movable ? html`<button type="button" class="cv-grip" aria-label="Move" aria-description="Arrow keys move it up and down" @pointerdown=${(e: PointerEvent) => this.drag(e, m)}
        @keydown=${(e: KeyboardEvent) => this.step(e, m)}>${icon('grip')}</button>` : html`<span class="cv-grip" data-on="false">${icon('grip')}</span>`}
      <div class="cv-queued"><div class="cv-queued-text">${m.text || '(files)'}</div>
        <div class="cv-queued-foot"><small>${here(m.state)}${m.attachmentCount ? `, ${m.attachmentCount} files` : ''}${m.note ? `: ${m.note}` : ''}</small>
        ${this.working ? html`<button type="button" class="cv-text-button" @click=${() => this.say(write.sayNow(this.conversationId, newId(), m.messageId))}>Say now</button>` : nothing}
        <button type="button" class="cv-text-button cv-edit" @click=${() => this.edit(m)}>Edit</button>
        <cv-menu up .name=${'More for this message'} .face=${icon('more')} .items=${[
          ...(movable && i > 0 ? [{ label: 'Move up', run: () => this.move(m, -1) }] : []),
          ...(movable && i < this.messages.length - 1 ? [{ label: 'Move down', run: () => this.move(m, 1) }] : []),
          { label: 'Delete', bad: true, run: () => void this.withdraw(m) },
        ]}></cv-menu></div></div></li>`;
  }

  private async say(wanted: Parameters<typeof outbox.add>[0]): Promise<boolean> {
    this.problem = '';
    try {
      await outbox.add(wanted);
      return true;
    } catch (error) {
      this.problem = here((error as Error).message);
      return false;
    }
  }

  private async edit(m: Waiting): Promise<void> {
    this.editing = { id: m.messageId, text: m.text };
    await this.updateComplete;
    const area = this.querySelector<HTMLTextAreaElement>('.cv-editing textarea');
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
  }

  /** Out of the field, back to where one came from. */
  private readonly leave = async () => {
    const id = this.editing?.id;
    this.editing = null;
    await this.updateComplete;
    this.querySelector<HTMLElement>(`li[data-id="${CSS.escape(id ?? '')}"] .cv-edit`)?.focus();
  };

  private readonly save = async () => {
    const { id, text } = this.editing!;
    if (text.trim() === '') return;
    if (await this.say(write.edit(this.conversationId, newId(), id, text))) await this.leave();
  };

  private step(event: KeyboardEvent, m: Waiting): void {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (!by) return;
    event.preventDefault();
    this.move(m, by);
  }

  protected override willUpdate(): void {
    const active = document.activeElement;
    this.focused = active instanceof HTMLElement && this.contains(active) ? active : null;
  }

  /** A row that moves loses the focus, whatever in it has it: the hand stays on it. */
  protected override updated(): void {
    if (this.focused?.isConnected && document.activeElement === document.body) this.focused.focus();
  }

  private move(m: Waiting, by: number): void {
    const ids = this.messages.filter((x) => x.queued).map((x) => x.messageId);
    const at = ids.indexOf(m.messageId);
    const to = at + by;
    if (to < 0 || to >= ids.length) return;
    const before = by < 0 ? ids[to]! : (ids[to + 1] ?? null);
    void this.say(write.move(this.conversationId, newId(), m.messageId, before));
    this.said = `Moved to place ${to + 1} of ${ids.length}`;
  }

  private async withdraw(m: Waiting): Promise<void> {
    const ids = this.messages.map((x) => x.messageId);
    const before = ids[ids.indexOf(m.messageId) + 1] ?? null;
    if (!(await this.say(write.withdraw(this.conversationId, newId(), m.messageId)))) return;
    this.deleted = { message: m, before };
    clearTimeout(this.undoTimer);
    this.undoTimer = setTimeout(() => (this.deleted = null), UNDO_MS);
  }

  /** Says it again, at the place where it was: what was withdrawn stays withdrawn. */
  private readonly sayAgain = async () => {
    const { message, before } = this.deleted!;
    const id = newId();
    if (!(await this.say(write.message(this.conversationId, id, message.text, 'queue', message.attachments.filter((a) => a.data))))) return;
    if (before) await this.say(write.move(this.conversationId, newId(), id, before));
    this.deleted = null;
  };

  private drag(start: PointerEvent, m: Waiting): void {
    start.preventDefault();
    const grip = start.currentTarget as HTMLElement;
    grip.setPointerCapture(start.pointerId);
    this.dragging = m.messageId;
    const row = grip.closest('li')!;
    let target: { id: string; after: boolean } | null = null;
    const onMove = (event: PointerEvent) => {
      row.style.translate = `0 ${event.clientY - start.clientY}px`;
      target = null;
      for (const other of this.querySelectorAll<HTMLElement>('li[data-id]')) {
        const rect = other.getBoundingClientRect();
        if (other !== row && event.clientY > rect.top && event.clientY < rect.bottom) target = { id: other.dataset.id!, after: event.clientY > rect.top + rect.height / 2 };
      }
    };
    const done = () => {
      grip.removeEventListener('pointermove', onMove);
      row.style.translate = '';
      this.dragging = null;
      if (!target) return;
      const ids = this.messages.filter((x) => x.queued && x.messageId !== m.messageId).map((x) => x.messageId);
      const at = ids.indexOf(target.id) + (target.after ? 1 : 0);
      void this.say(write.move(this.conversationId, newId(), m.messageId, ids[at] ?? null));
    };
    grip.addEventListener('pointermove', onMove);
    grip.addEventListener('pointerup', done, { once: true });
    grip.addEventListener('pointercancel', () => { target = null; done(); }, { once: true });
  }
}
define('cv-queue', CvQueue);
