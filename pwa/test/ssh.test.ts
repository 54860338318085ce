import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command, obstacle, wish } from '../src/ssh/access.ts';
import type { Where } from '../src/ssh/access.ts';

const WHERE: Where = { enabled: true, host: null, port: 2222, local: true, why: null };

test('what is pasted is a key or an address, and never a private key', () => {
  assert.deepEqual(wish(' ssh-ed25519 AAAA me@laptop\n'), { key: 'ssh-ed25519 AAAA me@laptop' });
  assert.deepEqual(wish('https://github.com/me.keys '), { url: 'https://github.com/me.keys' });
  assert.deepEqual(wish('ssh-ed25519 AAAA https://me.example'), { key: 'ssh-ed25519 AAAA https://me.example' });
  assert.throws(() => wish('-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn'), /private key/);
  assert.throws(() => wish('-----BEGIN PRIVATE KEY-----\nb3Blbn'), /private key/);
});

test('the command names the place by which the browser came, unless the server knows better', () => {
  assert.equal(command(WHERE, 'bold-fire-1234', 'localhost'), 'ssh -p 2222 bold-fire-1234@localhost');
  assert.equal(command({ ...WHERE, port: 22, host: 'vm.example.org' }, null, 'localhost'), 'ssh WORKSPACE@vm.example.org');
  assert.equal(command(WHERE, 'a-b-1', '[::1]'), 'ssh -p 2222 a-b-1@::1');
});

test('who is elsewhere is told when the server listens on its own machine only', () => {
  assert.equal(obstacle(WHERE, 'localhost'), null);
  assert.equal(obstacle(WHERE, '127.0.0.1'), null);
  assert.match(obstacle(WHERE, '192.168.1.5')!, /bind: 0\.0\.0\.0/);
  assert.equal(obstacle({ ...WHERE, local: false }, '192.168.1.5'), null);
  assert.equal(obstacle({ ...WHERE, host: 'vm.example.org' }, '192.168.1.5'), null);
});
