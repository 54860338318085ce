import type { Delta } from '../wire.ts';

/** A text that is being written. */
export interface LiveText {
  messageId: string;
  kind: 'text' | 'thinking';
  text: string;
  /** a piece is missing; nothing is added until the finished text comes */
  gap: boolean;
  /** when its first piece came, in order to keep the order of several */
  order: number;
}

/** Unfinished texts by message. A piece that was seen is skipped; behind a missing piece nothing is shown. */
export class LiveTexts {
  private readonly texts = new Map<string, LiveText>();
  private readonly finished = new Set<string>();
  private count = 0;

  /** @returns whether something is new on the screen */
  add(delta: Delta): boolean {
    if (this.finished.has(delta.messageId)) return false;
    const have = this.texts.get(delta.messageId)
      ?? { messageId: delta.messageId, kind: delta.kind, text: '', gap: false, order: this.count++ };
    const next = merge(have, delta);
    this.texts.set(delta.messageId, next);
    return next !== have;
  }

  /** Texts of an earlier visit; their next pieces, or the whole text again, go on from there. */
  restore(kept: readonly LiveText[]): void {
    for (const text of kept) {
      if (this.texts.has(text.messageId) || this.finished.has(text.messageId)) continue;
      this.texts.set(text.messageId, { ...text, order: this.count++ });
    }
  }

  finish(messageId: string): void {
    this.texts.delete(messageId);
    this.finished.add(messageId);
  }

  /** The turn is over: what is still unfinished will not be finished. */
  clear(): void {
    this.texts.clear();
  }

  all(): LiveText[] {
    return [...this.texts.values()].sort((a, b) => a.order - b.order);
  }
}

/** @returns the same object when the piece changes nothing */
export function merge(have: LiveText, delta: Pick<Delta, 'offset' | 'text'>): LiveText {
  const end = delta.offset + delta.text.length;
  if (delta.offset > have.text.length) return have.gap ? have : { ...have, gap: true };
  if (end <= have.text.length) return have;
  return { ...have, gap: false, text: have.text + delta.text.slice(have.text.length - delta.offset) };
}
