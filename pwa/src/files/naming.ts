import { html } from 'lit';

/** A name that is being typed: of something new, or the path that something is to have. */
export interface Naming {
  what: 'file' | 'folder' | 'move';
  label: string;
  /** the folder that the new one comes into; of a move what is moved */
  at: string;
  value: string;
}

/** @param done gets what was typed */
export function namingForm(n: Naming, done: (typed: string) => void, close: () => void) {
  return html`<form class="cv-commenting cv-naming" @submit=${(e: Event) => { e.preventDefault(); done(new FormData(e.target as HTMLFormElement).get('name') as string); }} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Escape') close(); }}>
      <label>${n.label}<input class="cv-input" name="name" required autocapitalize="off" autocomplete="off" spellcheck="false" enterkeyhint="done" .value=${n.value}></label>
      <div class="cv-buttons"><button type="button" class="cv-button" @click=${close}>Cancel</button><button type="submit" class="cv-button cv-primary">${n.what === 'move' ? 'Move' : 'Make'}</button></div></form>`;
}

/** Into the form that `page` shows, with the name selected and not what is before and behind it. */
export function focusNaming(page: HTMLElement, { value }: Naming): void {
  const input = page.querySelector<HTMLInputElement>('.cv-naming input');
  input?.focus();
  const dot = value.lastIndexOf('.');
  const from = value.lastIndexOf('/') + 1;
  input?.setSelectionRange(from, dot > from ? dot : value.length);
}
