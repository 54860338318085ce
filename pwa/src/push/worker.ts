/// <reference lib="webworker" />
import { db } from '../db.ts';
import type { Entry, Wanted } from '../outbox/entries.ts';
import { keep } from '../outbox/keep.ts';
import { channel, flush } from '../outbox/sender.ts';
import { tapped, told } from './notifications.ts';
import type { Said, Surroundings } from './notifications.ts';
import { resubscribe } from './subscription.ts';

/** Lets the service worker hear pushes and taps on notifications. */
export function listen(self: ServiceWorkerGlobalScope): void {
  const nav = self.navigator as WorkerNavigator & { setAppBadge?(n: number): Promise<void>; clearAppBadge?(): Promise<void> };
  const here: Surroundings = {
    show: (title, options) => self.registration.showNotification(title, options),
    shown: (tag) => self.registration.getNotifications(tag ? { tag } : {}),
    visible: async () => (await windows()).filter((w) => w.visibilityState === 'visible' && w.focused).map((w) => new URL(w.url).pathname),
    badge: async (count) => {
      await (count > 0 ? nav.setAppBadge?.(count) : nav.clearAppBadge?.())?.catch(() => undefined);
    },
    open,
    send,
    newId: () => crypto.randomUUID(),
  };
  const windows = () => self.clients.matchAll({ type: 'window', includeUncontrolled: true });

  async function open(path: string): Promise<void> {
    const there = await windows();
    const page = there.find((w) => new URL(w.url).pathname === path) ?? there[0];
    if (!page) return void (await self.clients.openWindow(path));
    await page.focus().catch(() => undefined);
    if (new URL(page.url).pathname !== path) page.postMessage({ go: path });
  }

  async function send(wanted: Wanted): Promise<Entry | undefined> {
    await keep(wanted);
    channel?.postMessage('changed');
    const sync = (self.registration as ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }).sync;
    if ((await flush(() => undefined)).left) await sync?.register('cv-outbox').catch(() => undefined);
    return (await (await db()).getAllFromIndex('outbox', 'id', wanted.id))[0];
  }

  self.addEventListener('push', (event) => {
    let said: Said = {};
    try {
      said = (event.data?.json() ?? {}) as Said;
    } catch {
      // Not from our server's version: nothing that could be shown.
    }
    event.waitUntil(told(said, here));
  });
  self.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(tapped((event.notification.data ?? {}) as Said, event.action, here));
  });
  self.addEventListener('pushsubscriptionchange', ((event: ExtendableEvent) => {
    event.waitUntil(resubscribe(self.registration));
  }) as EventListener);
}
