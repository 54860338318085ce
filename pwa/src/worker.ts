import type { CvConversation } from './elements/conversation.ts';

const asked = () => document.querySelector<CvConversation>('cv-conversation')?.typing ?? false;

/**
 * Registers the service worker. It is not called sw.js: Flow has a file of that name, which would be served instead.
 * A new version of it takes over at once, and the page follows when nobody is writing.
 */
export function registerWorker(): void {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  const hadOne = workers.controller !== null;
  addEventListener('load', () => void workers.register('/service-worker.js', { scope: '/', updateViaCache: 'none' }).catch(() => undefined));
  if (document.readyState === 'complete') void workers.register('/service-worker.js', { scope: '/', updateViaCache: 'none' }).catch(() => undefined);
  workers.addEventListener('controllerchange', () => {
    if (!hadOne) return;
    // Drafts are kept at every stroke, so a reload loses none; still, not under somebody's fingers.
    const follow = () => {
      if (document.hidden && !asked()) location.reload();
    };
    document.addEventListener('visibilitychange', follow);
    follow();
  });
}
