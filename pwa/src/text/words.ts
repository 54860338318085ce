import type { MessageState } from '../journal/view.ts';

/** The words of the screen. Those of message states are promises of the design (section 3.9). */

export function ordinal(n: number): string {
  if (n === 1) return 'first';
  const tail = n % 100 >= 11 && n % 100 <= 13 ? 'th' : ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th';
  return `${n}${tail}`;
}

const SAID: Record<Exclude<MessageState, 'queued'>, string> = {
  running: 'running',
  said: 'said to the running turn',
  done: 'done',
  interrupted: 'stopped',
  failed: 'failed',
  withdrawn: 'withdrawn',
};

/** @param position in the queue, from 1 */
export function stateWords(state: MessageState, position: number): string {
  return state === 'queued' ? `in the queue, ${ordinal(position)}` : SAID[state];
}

export const ON_THIS_PHONE = 'on this phone, will be sent';
export const SENT = 'sent, waiting for the workspace';

export function duration(ms: number): string {
  if (ms < 950) return `${Math.max(0, Math.round(ms / 10) / 100)} s`.replace(/^(\d+\.\d)\d/, '$1');
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

export function ago(at: string | number | undefined, now: number): string {
  if (at === undefined) return '';
  const then = typeof at === 'number' ? at : Date.parse(at);
  if (Number.isNaN(then)) return '';
  const s = Math.max(0, (now - then) / 1000);
  if (s < 45) return 'now';
  if (s < 3600) return `${Math.max(1, Math.round(s / 60))} min`;
  if (s < 86400) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

/** @returns for example `as of 14:02, 3 minutes ago` */
export function asOf(then: number, now: number): string {
  const clock = new Date(then).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const minutes = Math.floor((now - then) / 60_000);
  const words = minutes < 1 ? 'just now'
    : minutes === 1 ? '1 minute ago'
    : minutes < 60 ? `${minutes} minutes ago`
    : minutes < 120 ? '1 hour ago'
    : minutes < 2880 ? `${Math.floor(minutes / 60)} hours ago`
    : `${Math.floor(minutes / 1440)} days ago`;
  return `as of ${clock}, ${words}`;
}

export function tokens(n: number): string {
  return n < 1000 ? `${n}` : n < 1_000_000 ? `${(n / 1000).toFixed(n < 10_000 ? 1 : 0)}k` : `${(n / 1_000_000).toFixed(1)}M`;
}

export function money(usd: number): string {
  return `$${usd < 0.01 && usd > 0 ? usd.toFixed(4) : usd.toFixed(2)}`;
}

export function bytes(n: number): string {
  return n < 1024 ? `${n} B` : n < 1_048_576 ? `${Math.round(n / 1024)} kB` : `${(n / 1_048_576).toFixed(1)} MB`;
}
