import { html, nothing } from 'lit';

const TABS = ['chat', 'changes', 'files', 'terminal'] as const;
const FACES = { chat: 'Chat', changes: 'Changes', files: 'Files', terminal: 'Terminal' };

/** What of a conversation is looked at. The address remembers it after `#`, so that a reload and a way back lead to it. */
export type Tab = (typeof TABS)[number];

const isHere = (conversation: string): boolean => location.pathname === `/c/${encodeURIComponent(conversation)}`;

/** @return what the address says */
export const tabOf = (conversation: string): Tab => TABS.find((tab) => isHere(conversation) && `#${tab}` === location.hash) ?? 'chat';

/** Nothing while the address still is another page's: Flow's router sets it only after it has asked. */
export function remember(conversation: string, tab: Tab): void {
  if (!isHere(conversation)) return;
  const hash = tab === 'chat' ? '' : `#${tab}`;
  if (location.hash !== hash) history.replaceState(history.state, '', location.pathname + location.search + hash);
}

/** @param asked how much waits for an answer in the chat. @param go is called with `focus` when it was chosen by the keyboard */
export function tabBar(now: Tab, asked: number, go: (tab: Tab, focus?: boolean) => void) {
  const next = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    go(TABS[(TABS.indexOf(now) + step + TABS.length) % TABS.length]!, true);
  };
  const face = (id: Tab) => html`${FACES[id]}${id === 'chat' && asked > 0 && now !== 'chat' ? html` <b data-tone="wait">${asked}<span class="cv-sr"> waiting for you</span></b>` : nothing}`;
  return html`<div class="cv-tabs" role="tablist" aria-label="Views" @keydown=${next}>
      ${TABS.map((id) => html`<button type="button" role="tab" id="cv-tab-${id}" aria-selected=${now === id} tabindex=${now === id ? 0 : -1} @click=${() => go(id)}>${face(id)}</button>`)}</div>`;
}
