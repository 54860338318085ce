import { write } from '../outbox/entries.ts';
import type { Entry, Wanted } from '../outbox/entries.ts';

/** What the server sends: dev.claudevm.push.Payload. */
export interface Said {
  show?: string;
  close?: string;
  kind?: 'approval' | 'question' | 'finished' | 'failed' | 'test';
  conversation?: string;
  request?: string;
  title?: string;
  body?: string;
  count?: number;
}

/** The parts of a service worker that this needs. */
export interface Surroundings {
  show(title: string, options: NotificationOptions): Promise<void>;
  shown(tag?: string): Promise<{ tag: string; close(): void }[]>;
  /** the pages of ours that a person sees right now */
  visible(): Promise<string[]>;
  badge(count: number): Promise<void>;
  open(path: string): Promise<void>;
  /** keeps a write in the outbox and tries to send it; gives what has become of it */
  send(wanted: Wanted): Promise<Entry | undefined>;
  newId(): string;
}

/** A push has come. Every one shows something or takes something away: browsers stop those that do neither. */
export async function told(said: Said, here: Surroundings): Promise<void> {
  if (typeof said.count === 'number') await here.badge(said.count);
  if (said.close) {
    for (const notification of await here.shown(said.close)) notification.close();
    return;
  }
  if (!said.show || !said.title) return;
  const place = said.conversation ? `/c/${encodeURIComponent(said.conversation)}` : '/';
  // Who looks at it has seen it.
  if (said.kind !== 'test' && (await here.visible()).some((path) => path === place || (path === '/' && said.kind !== 'finished'))) return;
  await here.show(said.title, {
    body: said.body ?? '',
    tag: said.show,
    icon: '/icons/icon-192.png',
    data: said,
    ...(said.kind === 'approval' ? { actions: [{ action: 'allow', title: 'Allow' }, { action: 'deny', title: 'Deny' }], requireInteraction: true } : {}),
  } as NotificationOptions);
}

/** Somebody has tapped a notification, or one of its buttons. */
export async function tapped(said: Said, action: string, here: Surroundings): Promise<void> {
  const place = said.conversation ? `/c/${encodeURIComponent(said.conversation)}` : '/';
  if ((action !== 'allow' && action !== 'deny') || !said.request || !said.conversation) return here.open(place);
  const say = (title: string, body: string) => here.show(title, { body, tag: said.show!, icon: '/icons/icon-192.png', data: { ...said, request: undefined } });
  let entry: Entry | undefined;
  try {
    entry = await here.send(write.approval(said.conversation, here.newId(), said.request, action, null));
  } catch {
    return say('Your answer could not be kept', 'Open the conversation and answer there.');
  }
  if (entry?.state === 'refused') return say('Your answer was not taken', `${entry.problem?.detail ?? ''} ${entry.problem?.todo ?? ''}`.trim());
  if (entry?.state === 'local') return say(`${action === 'allow' ? 'Allow' : 'Deny'} is kept`, 'There is no way to the server now. It is sent when there is one.');
}
