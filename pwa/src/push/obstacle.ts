/** Why there can be no notifications, and what to do. */
export interface Obstacle {
  why: string;
  todo: string;
}

export interface Browser {
  secure: boolean;
  worker: boolean;
  push: boolean;
  notification: NotificationPermission | null;
  /** an iPhone or iPad */
  ios: boolean;
  /** opened from the home screen */
  installed: boolean;
}

export function thisBrowser(): Browser {
  const agent = navigator.userAgent;
  return {
    secure: isSecureContext,
    worker: 'serviceWorker' in navigator,
    push: 'PushManager' in window,
    notification: 'Notification' in window ? Notification.permission : null,
    ios: /iPhone|iPad/.test(agent) || (agent.includes('Macintosh') && navigator.maxTouchPoints > 1),
    installed: matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true,
  };
}

/** @returns null: nothing stands in the way */
export function obstacle(b: Browser): Obstacle | null {
  if (!b.secure) {
    return { why: 'This page came without TLS (http), and browsers refuse notifications there.', todo: 'Give the server a certificate and open it by https; docs/install.md says how. On the server’s own machine, open it as localhost.' };
  }
  if (b.ios && !b.installed) {
    return { why: 'iPhones and iPads allow notifications of installed apps only.', todo: 'In Safari tap Share, then “Add to Home Screen”. Open claude-vm from there and come back to this page.' };
  }
  if (!b.worker || !b.push || b.notification === null) {
    return { why: 'This browser has no push notifications.', todo: 'Use a current Chrome, Edge, Firefox or Safari, and no private window.' };
  }
  if (b.notification === 'denied') {
    return { why: 'Notifications of this site are blocked in this browser.', todo: 'Allow them in the site’s settings (the symbol beside the address), then come back to this page.' };
  }
  return null;
}
