import { LitElement } from 'lit';

/** Renders into the page itself: one style sheet, names and roles that reach across elements, selection over the whole log. */
export class Light extends LitElement {
  private readonly undo: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Renders again whenever `target` says `event`, while the element is in the page. */
  protected follow(target: EventTarget, event: string, then: () => void = () => this.requestUpdate()): void {
    target.addEventListener(event, then);
    this.undo.push(() => target.removeEventListener(event, then));
  }

  /** Renders again every `ms`, for times that are shown. */
  protected tick(ms: number): void {
    const timer = setInterval(() => document.hidden || this.requestUpdate(), ms);
    this.undo.push(() => clearInterval(timer));
  }

  protected later(undo: () => void): void {
    this.undo.push(undo);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const undo of this.undo.splice(0)) undo();
  }
}

/** Registers once: Flow may load the module again after a hot reload. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}

export const onPhone = (): boolean => matchMedia('(pointer: coarse), (max-width: 700px)').matches;

/** A word for this machine. */
export const here = (words: string): string => (onPhone() ? words : words.replace('phone', 'computer'));

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS there is no clipboard API: the old way still works.
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** crypto.randomUUID exists only with TLS or on localhost; random values exist everywhere. */
export function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
