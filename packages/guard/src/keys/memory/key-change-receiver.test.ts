import { expect, test } from 'vitest';
import { createKeyCache } from './key-cache.ts';
import { createKeyChangeReceiver } from './key-change-receiver.ts';

function setUp() {
  const happened: string[] = [];
  const cache = {
    ...createKeyCache(),
    drop: (subject: string) => void happened.push(`drop ${subject}`),
    clear: () => void happened.push('clear'),
    confirm: () => void happened.push('confirm'),
  };
  const receiver = createKeyChangeReceiver({
    cache,
    passOn: (message) => happened.push(`pass on ${message}`),
    onImportsChanged: () => happened.push('reload imports'),
  });
  return { receiver, happened };
}

test('K10: a change that PostgreSQL announces is dropped and passed on once, a copy of it by Redis is not', () => {
  const { receiver, happened } = setUp();
  receiver.notified('key:1 7');
  receiver.passedOn('key:1 7');
  expect(happened).toEqual(['drop key:1', 'pass on key:1 7']);
});

test('K10: what came by Redis is dropped, confirms nothing, and is not passed on when PostgreSQL announces it too', () => {
  const { receiver, happened } = setUp();
  for (let copies = 0; copies < 3; copies += 1) receiver.passedOn('user:1 7');
  receiver.notified('user:1 7');
  receiver.passedOn('user:1 8');
  expect(happened).toEqual(['drop user:1', 'drop user:1', 'drop user:1']);
});

test('K10: nothing that is said in Redis keeps a node from forgetting what PostgreSQL announces', () => {
  const { receiver, happened } = setUp();
  for (let xid = 0; xid < 100; xid += 1) receiver.passedOn(`* ${xid}`);
  happened.length = 0;
  receiver.notified('* 50');
  expect(happened).toEqual(['clear']);
});

test('K10, O6: what is no change, or too long for one, is not taken from Redis', () => {
  const { receiver, happened } = setUp();
  const wrong = [
    '',
    'key:1',
    'key: 1',
    '*',
    'everything 1',
    'key:1 x',
    `key:${'1'.repeat(129)} 1`,
    'key:a b 1',
  ];
  for (const message of [...wrong, 'x'.repeat(1_000_000)]) receiver.passedOn(message);
  expect(happened).toEqual([]);
});

test('K13: declared patterns are read again when they change, by both ways, and when listening begins', () => {
  const { receiver, happened } = setUp();
  receiver.notified('imports 3');
  receiver.passedOn('imports 4');
  receiver.listening();
  expect(happened).toEqual(['reload imports', 'pass on imports 3', 'reload imports', 'reload imports']);
});

test('K10: it forgets old messages, not to grow, and then drops a late copy once more', () => {
  const { receiver, happened } = setUp();
  receiver.notified('key:1 0');
  for (let xid = 1; xid <= 10_000; xid += 1) receiver.notified(`key:2 ${xid}`);
  happened.length = 0;
  receiver.passedOn('key:1 0');
  receiver.passedOn('key:2 9999');
  expect(happened).toEqual(['drop key:1']);
});
