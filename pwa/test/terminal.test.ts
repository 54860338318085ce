import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { EXTRA_KEYS, modified } from '../src/terminal/keys.ts';
import { MAX_PENDING_BYTES, TerminalLink } from '../src/terminal/link.ts';
import type { Socket } from '../src/terminal/link.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);

/** The server's end, by hand. */
class Wire implements Socket {
  binaryType = '';
  readyState = 1;
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly json: Record<string, unknown>[] = [];
  readonly typed: [number, string][] = [];

  send(data: string | Uint8Array): void {
    if (typeof data === 'string') this.json.push(JSON.parse(data) as Record<string, unknown>);
    else this.typed.push([Number(new DataView(data.buffer).getBigUint64(0)), text(data.subarray(8))]);
  }
  close(): void {
    this.readyState = 3;
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  shows(from: number, words: string): void {
    const frame = new Uint8Array(8 + words.length);
    new DataView(frame.buffer).setBigUint64(0, BigInt(from));
    frame.set(bytes(words), 8);
    this.onmessage?.({ data: frame.buffer });
  }
}

function page(kept: { text: string | null } = { text: null }) {
  const wires: Wire[] = [];
  let screen = '';
  let shown: (() => void)[] = [];
  let ids = 0;
  const link = new TerminalLink({
    url: () => 'ws://there', newId: () => `id-${++ids}`, size: () => ({ columns: 80, rows: 24 }),
    connect: () => { const wire = new Wire(); wires.push(wire); return wire; },
    show: (data, done) => { screen += text(data); shown.push(done); },
    anew: () => { screen = ''; },
    keep: { read: () => kept.text, write: (now) => { kept.text = now; } },
  });
  return {
    link, wires, kept, screen: () => screen, shownAll: () => { const all = shown; shown = []; for (const done of all) done(); },
    ready: (message: object) => { const wire = wires.at(-1)!; wire.onopen?.(); wire.says({ t: 'ready', received: 0, taken: 0, resumed: false, relay: 'r1', ...message }); return wire; },
  };
}

test('after a cut exactly that is typed again which the relay did not get', () => {
  const p = page();
  p.link.open();
  const first = p.ready({});
  for (const key of ['a', 'b', 'c']) p.link.type(bytes(key));
  assert.deepEqual(first.typed, [[1, 'a'], [2, 'b'], [3, 'c']]);
  first.onclose?.({ code: 1006 });
  p.link.type(bytes('d'));
  assert.equal(p.link.state, 'waiting');
  p.link.hurry();
  const second = p.ready({ resumed: true, received: 2, taken: 1 });
  assert.deepEqual(second.json[0], { t: 'hello', relay: 'r1', at: 0, columns: 80, rows: 24 });
  assert.deepEqual(second.typed, [[3, 'c'], [4, 'd']]);
  p.link.close();
});

test('when the relay is lost, what nobody knows of is asked about, with what followed it', () => {
  const p = page();
  p.link.open();
  const first = p.ready({});
  p.link.type(bytes('rm '));
  first.says({ t: 'taken', to: 1 });
  p.link.type(bytes('file'));
  first.onclose?.({ code: 1006 });
  p.link.type(bytes('\r'));
  p.link.hurry();
  const second = p.ready({ relay: 'r2' });
  assert.deepEqual(second.typed, []);
  assert.equal(text(p.link.doubt!), 'file\r');
  p.link.type(bytes('x'));
  p.link.settle(true);
  assert.deepEqual(second.typed, [[1, 'x'], [2, 'file\r']]);
  assert.equal(p.link.doubt, null);
  p.link.close();
});

test('when it is told how the relay ended, only what was written and not taken is in doubt', () => {
  const p = page();
  p.link.open();
  p.ready({});
  for (const key of ['a', 'b', 'c']) p.link.type(bytes(key));
  p.link.open(true);
  assert.deepEqual(p.ready({ relay: 'r2', before: { taken: 2, written: 2 } }).typed, [[1, 'c']]);
  p.link.open(true);
  assert.deepEqual(p.ready({ relay: 'r3', before: { taken: 0, written: 1 } }).typed, []);
  assert.equal(text(p.link.doubt!), 'c');
  p.link.close();
});

test('what was only typed while offline goes to a new relay without a question', () => {
  const p = page();
  p.link.open();
  p.ready({}).onclose?.({ code: 1006 });
  p.link.type(bytes('later'));
  p.link.hurry();
  assert.deepEqual(p.ready({ relay: 'r2' }).typed, [[1, 'later']]);
  assert.equal(p.link.doubt, null);
  p.link.close();
});

test('a reload keeps what was typed and asks for the screen anew', () => {
  const kept = { text: null as string | null };
  const before = page(kept);
  before.link.open();
  before.ready({});
  before.link.type(bytes('a'));
  before.link.type(bytes('ü'));
  before.link.close();
  const after = page(kept);
  after.link.open();
  const wire = after.ready({ relay: 'r2', before: { taken: 1, written: 1 } });
  assert.deepEqual(wire.json[0], { t: 'hello', relay: 'r1', at: null, columns: 80, rows: 24 });
  assert.deepEqual(wire.typed, [[1, 'ü']]);
  after.link.close();
});

test('output is shown once and acknowledged when it is on the screen', () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    const p = page();
    p.link.open();
    const wire = p.ready({});
    wire.shows(0, 'hello ');
    wire.shows(6, 'you');
    mock.timers.tick(100);
    assert.equal(wire.json.some((m) => m.t === 'shown'), false);
    p.shownAll();
    mock.timers.tick(100);
    assert.deepEqual(wire.json.at(-1), { t: 'shown', to: 9 });
    wire.onclose?.({ code: 1006 });
    p.link.hurry();
    const again = p.ready({ resumed: true });
    assert.equal(again.json[0]!.at, 9);
    again.shows(6, 'you, again');
    assert.equal(p.screen(), 'hello you, again');
    p.link.close();
  } finally {
    mock.timers.reset();
  }
});

test('a silent connection is given up, and another one is made', () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    const p = page();
    p.link.open();
    p.ready({});
    mock.timers.tick(3_900);
    p.wires[0]!.says({ t: 'beat' });
    mock.timers.tick(3_900);
    assert.equal(p.link.state, 'open');
    mock.timers.tick(200);
    assert.equal(p.link.state, 'waiting');
    mock.timers.tick(1_000);
    assert.equal(p.wires.length, 2);
    p.link.close();
  } finally {
    mock.timers.reset();
  }
});

test('much that is pasted goes in pieces, not all at once, and has an end', () => {
  const p = page();
  p.link.open();
  const wire = p.ready({});
  assert.equal(p.link.type(new Uint8Array(200 * 1024).fill(120)), true);
  assert.equal(wire.typed.length, 8);
  wire.says({ t: 'taken', to: 8 });
  assert.equal(wire.typed.length, 16);
  assert.equal(p.link.type(new Uint8Array(MAX_PENDING_BYTES)), false);
  p.link.close();
});

test('what ran has ended: no other connection is made by itself', () => {
  const p = page();
  p.link.open();
  p.ready({}).says({ t: 'ended', code: 0, taken: 0, written: 0 });
  assert.equal(p.link.state, 'ended');
  assert.equal(p.wires.length, 1);
  p.link.close();
});

test('sticky Ctrl and Alt change the next key only', () => {
  assert.equal(modified('c', { ctrl: true, alt: false }), '\x03');
  assert.equal(modified('[', { ctrl: true, alt: false }), '\x1b');
  assert.equal(modified(' ', { ctrl: true, alt: false }), '\0');
  assert.equal(modified('b', { ctrl: false, alt: true }), '\x1bb');
  assert.equal(modified('\x1b[C', { ctrl: true, alt: false }), '\x1b[1;5C');
  assert.equal(modified('pasted text', { ctrl: true, alt: false }), 'pasted text');
  assert.equal(EXTRA_KEYS.find((key) => key.name === 'Esc')!.sends, '\x1b');
});
