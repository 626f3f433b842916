import { expect, test } from 'vitest';
import { type Problem, refuse } from '../../reply.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import type { StoredKey } from '../stored-key.ts';
import { boundedAttempts } from './bounded-attempts.ts';
import { failureWindow } from './failure-window.ts';

const key = { id: 'a key' } as StoredKey;
const codeOf = (answer: unknown) => (answer as Problem | undefined)?.code;

function setUp(more: { runningMax?: number; waitingMax?: number } = {}) {
  const clock = fakeClock();
  const attempts = boundedAttempts({ clock, failuresMax: 5, windowMs: 60_000, waitingMax: 100, ...more });
  return { clock, attempts };
}

test('K3: five failures a minute, then 429 without an attempt and with a Retry-After that holds', async () => {
  const { clock, attempts } = setUp();
  let made = 0;
  const fail = async () => {
    made += 1;
    return undefined;
  };
  for (let i = 0; i < 5; i += 1) {
    await attempts.run('a', 1, fail);
    clock.advance(1_000);
  }
  const refused = await attempts.run('a', 1, fail);
  expect(refused).toMatchObject({ code: 'too_many_attempts', headers: { 'retry-after': '55' } });
  expect(made).toBe(5);
  expect(await attempts.run('b', 1, fail)).toBeUndefined();
  clock.advance(54_999);
  expect(codeOf(await attempts.run('a', 1, fail))).toBe('too_many_attempts');
  clock.advance(1);
  expect(await attempts.run('a', 1, fail)).toBeUndefined();
  expect(codeOf(await attempts.run('a', 1, fail))).toBe('too_many_attempts');
});

test('K3: who proves a key gets the permits back: a hundred holders behind one address at once are all served', async () => {
  const { attempts } = setUp({ runningMax: 2 });
  let running = 0;
  let most = 0;
  const prove = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return key;
  };
  const answers = await Promise.all(Array.from({ length: 100 }, () => attempts.run('a', 1, prove)));
  expect(answers.every((answer) => answer === key)).toBe(true);
  expect(most).toBe(2);
});

test('K3: a thousand guesses at once are still five attempts', async () => {
  const { attempts } = setUp({ waitingMax: 1_000 });
  let made = 0;
  const guess = async () => {
    made += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return undefined;
  };
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => attempts.run('a', 1, guess)));
  expect(made).toBe(5);
  expect(answers.filter((answer) => codeOf(answer) === 'too_many_attempts')).toHaveLength(995);
});

test('K3: an attempt that needs several permits takes them all or none', async () => {
  const { attempts } = setUp();
  const fail = async () => undefined;
  await attempts.run('a', 4, fail);
  expect(codeOf(await attempts.run('a', 2, fail))).toBe('too_many_attempts');
  expect(await attempts.run('a', 1, async () => key)).toBe(key);
});

test('K3: beyond the waiting places it is 503 with Retry-After; a store that is away costs no permit', async () => {
  const { attempts } = setUp({ runningMax: 1, waitingMax: 2 });
  const gate = Promise.withResolvers<undefined>();
  const four = [1, 2, 3, 4].map((i) => attempts.run(`group ${i}`, 1, () => gate.promise));
  expect(await four[3]).toMatchObject({ code: 'overloaded', headers: { 'retry-after': '5' } });
  gate.resolve(undefined);
  expect(await Promise.all(four.slice(0, 3))).toEqual([undefined, undefined, undefined]);
  const away = () => Promise.reject(new Error('away'));
  for (let i = 0; i < 10; i += 1) await expect(attempts.run('x', 1, away)).rejects.toThrow('away');
  // A refusal from inside proves nothing.
  for (let i = 0; i < 5; i += 1) await attempts.run('x', 1, async () => refuse('overloaded'));
  expect(codeOf(await attempts.run('x', 1, away))).toBe('too_many_attempts');
});

test('K3: a million addresses are remembered in a bounded space', () => {
  const failures = failureWindow({ clock: fakeClock(), failuresMax: 5, windowMs: 60_000 });
  for (let i = 0; i < 1_000_000; i += 1) failures.add(`2001:db8:${i.toString(16)}::/64`, 1);
  expect(failures.groups).toBeLessThanOrEqual(10_000);
  expect(failures.groups).toBeGreaterThanOrEqual(9_000);
});
