import type { Overview } from '../wire.ts';

let busy = false;

/** Takes away the notifications of what is answered by now, wherever that was. */
export async function settle(overview: Overview): Promise<void> {
  if (busy || !('Notification' in window) || Notification.permission !== 'granted' || !navigator.serviceWorker) return;
  busy = true;
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    const open = new Set([...overview.approvals.map((a) => `approval:${a.id}`), ...overview.questions.map((q) => `question:${q.id}`)]);
    for (const notification of (await registration?.getNotifications()) ?? []) {
      if (/^(approval|question):/.test(notification.tag) && !open.has(notification.tag)) notification.close();
    }
  } finally {
    busy = false;
  }
}
