import { connection } from './live/connection.ts';

/**
 * The way of a tap through Flow's router. That router asks the server before it goes anywhere, and what else is wanted meanwhile it can
 * lose. So it gets one tap at a time, the newest waits and replaces the one before, and where it does not arrive its page is loaded.
 */
const LOOK_MS = 50;
/** Looks, not milliseconds: on a busy phone the router is as late as they are. */
const QUIET_LOOKS = 20;
const LONGEST_MS = 15_000;

interface FlowWindow {
  Vaadin?: { Flow?: { navigation?: boolean; clients?: Record<string, { isActive?: () => boolean }> } };
}

let goal: URL | null = null;
let handed = false;
let begun = 0;
let quiet = 0;
let arrived = false;
addEventListener('vaadin-navigated', () => (arrived = true));

/** Flow waits for its server. */
export function asking(): boolean {
  return Object.values((window as FlowWindow).Vaadin?.Flow?.clients ?? {}).some((client) => client.isActive?.() ?? false);
}

/** Its router sets the mark when it sets out and removes it at the end; only of its first way it says nothing before. */
const onItsWay = (): boolean => !arrived || (window as FlowWindow).Vaadin?.Flow?.navigation === true;

/** The address still says where the last tap came from. */
export const underWay = (): boolean => goal !== null && goal.pathname !== location.pathname;

/** Gives the tap `event` on a link to `url` to Flow's router, which listens behind this, or keeps it until it can. */
export function follow(event: Event, url: URL): void {
  const looking = goal !== null;
  goal = url;
  handed = !onItsWay();
  begun = performance.now();
  quiet = 0;
  if (!handed) event.preventDefault();
  if (!looking) setTimeout(look, LOOK_MS);
}

/** Somebody went back or forward: what was tapped before is not wanted any more. */
export function forget(): void {
  goal = null;
}

function look(): void {
  if (!goal) return;
  if (!onItsWay()) {
    if (handed && !underWay()) return forget();
    if (!handed) hand(goal);
  }
  quiet = (asking() || connection.state !== 'online') && performance.now() - begun < LONGEST_MS ? 0 : quiet + 1;
  if (quiet > QUIET_LOOKS) location.assign(goal);
  else setTimeout(look, LOOK_MS);
}

function hand(url: URL): void {
  const link = document.createElement('a');
  link.href = url.href;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}
