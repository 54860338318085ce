import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, Wanted } from '../src/outbox/entries.ts';
import { tapped, told } from '../src/push/notifications.ts';
import type { Said, Surroundings } from '../src/push/notifications.ts';
import { obstacle } from '../src/push/obstacle.ts';
import type { Browser } from '../src/push/obstacle.ts';

const APPROVAL: Said = { show: 'approval:c1.r1', kind: 'approval', conversation: 'c1', request: 'c1.r1', title: 'shop: Claude asks for your approval', body: '', count: 1 };

class Phone implements Surroundings {
  notifications: { title: string; options: NotificationOptions; tag: string; close(): void }[] = [];
  seen: string[] = [];
  count = -1;
  opened: string[] = [];
  sent: Wanted[] = [];
  becomes: Partial<Entry> = { state: 'sent' };
  show = async (title: string, options: NotificationOptions) => {
    this.notifications = this.notifications.filter((n) => n.tag !== options.tag);
    const shown = { title, options, tag: options.tag!, close: () => void (this.notifications = this.notifications.filter((n) => n !== shown)) };
    this.notifications.push(shown);
  };
  shown = async (tag?: string) => this.notifications.filter((n) => !tag || n.tag === tag);
  visible = async () => this.seen;
  badge = async (count: number) => void (this.count = count);
  open = async (path: string) => void this.opened.push(path);
  send = async (wanted: Wanted) => {
    this.sent.push(wanted);
    return { ...wanted, ...this.becomes } as Entry;
  };
  newId = () => 'n1';
}

test('an approval is shown with its buttons, twice is once, and it disappears when it is answered elsewhere', async () => {
  const phone = new Phone();
  await told(APPROVAL, phone);
  await told(APPROVAL, phone);
  assert.equal(phone.notifications.length, 1);
  assert.deepEqual((phone.notifications[0]!.options as { actions?: { action: string }[] }).actions?.map((a) => a.action), ['allow', 'deny']);
  assert.equal(phone.count, 1);
  await told({ close: APPROVAL.show, count: 0 }, phone);
  assert.equal(phone.notifications.length, 0);
  assert.equal(phone.count, 0);
});

test('who looks at it is not told again', async () => {
  const phone = new Phone();
  phone.seen = ['/c/c1'];
  await told(APPROVAL, phone);
  phone.seen = ['/'];
  await told(APPROVAL, phone);
  assert.equal(phone.notifications.length, 0);
  phone.seen = ['/c/other'];
  await told(APPROVAL, phone);
  assert.equal(phone.notifications.length, 1);
});

test('Allow goes through the outbox and says nothing when it was taken', async () => {
  const phone = new Phone();
  await tapped(APPROVAL, 'allow', phone);
  assert.deepEqual(phone.sent.map((w) => [w.method, w.path, w.body]), [['PUT', '/api/v1/approvals/c1.r1/answer', { id: 'n1', decision: 'allow', message: null }]]);
  assert.equal(phone.notifications.length, 0);
  assert.equal(phone.opened.length, 0);
});

test('an answer that comes too late, cannot be sent yet or cannot be kept is said', async () => {
  const phone = new Phone();
  phone.becomes = { state: 'refused', problem: { status: 409, detail: 'It was answered by ada.' } };
  await tapped(APPROVAL, 'deny', phone);
  assert.match(String(phone.notifications[0]!.options.body), /answered by ada/);
  phone.becomes = { state: 'local' };
  await tapped(APPROVAL, 'allow', phone);
  assert.match(phone.notifications[0]!.title, /Allow is kept/);
  phone.send = async () => {
    throw new Error('full');
  };
  await tapped(APPROVAL, 'allow', phone);
  assert.match(phone.notifications[0]!.title, /could not be kept/);
  // What is said about an answer opens the conversation, and never answers again.
  await tapped(phone.notifications[0]!.options.data as Said, 'allow', phone);
  assert.deepEqual(phone.opened, ['/c/c1']);
});

test('a tap opens the conversation', async () => {
  const phone = new Phone();
  await tapped({ ...APPROVAL, conversation: 'a/b' }, '', phone);
  assert.deepEqual(phone.opened, ['/c/a%2Fb']);
});

test('why there can be none is said, the first thing to do first', () => {
  const good: Browser = { secure: true, worker: true, push: true, notification: 'default', ios: false, installed: false };
  assert.equal(obstacle(good), null);
  assert.match(obstacle({ ...good, secure: false })!.why, /TLS/);
  assert.match(obstacle({ ...good, ios: true, push: false, notification: null })!.todo, /Home Screen/);
  assert.equal(obstacle({ ...good, ios: true, installed: true }), null);
  assert.match(obstacle({ ...good, push: false })!.why, /no push/);
  assert.match(obstacle({ ...good, notification: 'denied' })!.why, /blocked/);
});
