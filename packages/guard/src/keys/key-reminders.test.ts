import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiKeys, users } from '../database/schema.ts';
import type { EmailContent } from '../notify/schema.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { keyReminders } from './key-reminders.ts';
import { keyUses } from './schema.ts';

const dayMs = 24 * 60 * 60 * 1000;
const startMs = Date.UTC(2026, 0, 1, 6);
const dayOf = (day: number, hour = 0): Date => new Date(startMs + day * dayMs + hour * 3_600_000);

let database: TestDatabase;
let logged: string[];
beforeEach(async () => {
  database = await createTestDatabase();
  logged = [];
});
afterEach(() => database[Symbol.asyncDispose]());

async function person(id: string, more: Partial<typeof users.$inferInsert> = {}): Promise<void> {
  await database.orm.insert(users).values({ id, name: id, email: `${id}@example.com`, ...more });
}

/** A key made on day 0 at 6 o'clock, used every day unless `lastUsedAt` says otherwise. */
async function key(id: string, more: Partial<typeof apiKeys.$inferInsert> = {}): Promise<void> {
  await database.orm.insert(apiKeys).values({
    id,
    userId: 'ada',
    name: `name of ${id}`,
    service: 'meterr',
    environment: 'live',
    keyHash: `hash-${id}`,
    prefix: 'sk-meterr_live_AbCd',
    lastFour: 'wxyz',
    scopes: ['tokens:read'],
    createdAt: dayOf(0),
    lastUsedAt: dayOf(0),
    rotateEveryDays: 0,
    ...more,
  });
}

/** The run of a day at 7 o'clock; the mails that it queued, by recipient. */
async function run(day: number, securityContact?: string): Promise<Map<string, EmailContent[]>> {
  const context = {
    clock: fakeClock(dayOf(day, 1).getTime()),
    log: pino({}, { write: (line: string) => logged.push(line) }),
    signal: new AbortController().signal,
  };
  await keyReminders(database, securityContact).run(undefined, context);
  return takeMails();
}

async function takeMails(): Promise<Map<string, EmailContent[]>> {
  const { rows } = await database.pool.query<{ recipient: string; content: EmailContent }>(
    'DELETE FROM notifications RETURNING recipient, content',
  );
  const groups = Map.groupBy(rows, ({ recipient }) => recipient);
  return new Map([...groups].map(([to, mails]) => [to, mails.map(({ content }) => content)]));
}

const use = (id: string, at: Date) =>
  database.pool.query('UPDATE api_keys SET last_used_at = $2 WHERE id = $1', [id, at]);

/** The lines about keys, of all mails to somebody, by day. */
async function walk(days: number, to: string, eachDay: (day: number) => Promise<unknown> = async () => {}) {
  const told: Record<number, string[]> = {};
  for (let day = 0; day <= days; day += 1) {
    await eachDay(day);
    const mails = (await run(day)).get(to) ?? [];
    if (mails.length > 0)
      told[day] = mails.flatMap(({ text }) =>
        text
          .split('\n')
          .flatMap((line) => (line.startsWith('- ') ? [line.replace(/^.*id (\S+)\): /, '$1 ')] : [])),
      );
  }
  return told;
}

test('K9: over 100 days an owner hears 14, 7 and 1 days before a key is due, once that it is overdue, and nothing else', async () => {
  await person('ada');
  await key('k90', { rotateEveryDays: 90 });
  await key('k7', { rotateEveryDays: 7 });
  await key('never', { rotateEveryDays: 0 });
  await key('expiring', { expiresAt: dayOf(50) });
  const used = (day: number) => database.pool.query('UPDATE api_keys SET last_used_at = $1', [dayOf(day)]);
  expect(await walk(100, 'ada@example.com', used)).toEqual({
    6: ['k7 due on 2026-01-08, within a day'],
    7: ['k7 overdue since 2026-01-08'],
    36: ['expiring expires on 2026-02-20, in 14 days'],
    43: ['expiring expires on 2026-02-20, in 7 days'],
    49: ['expiring expires on 2026-02-20, within a day'],
    76: ['k90 due on 2026-04-01, in 14 days'],
    83: ['k90 due on 2026-04-01, in 7 days'],
    89: ['k90 due on 2026-04-01, within a day'],
    90: ['k90 overdue since 2026-04-01'],
  });
});

test('K9: a key that was never used is told after 30 days, one no longer used after 90, once for each silence', async () => {
  await person('ada');
  await key('unborn', { lastUsedAt: null });
  await key('claimed', { lastUsedAt: null, claimedAt: dayOf(20) });
  await key('silent');
  const told = await walk(200, 'ada@example.com', async (day) => {
    if (day === 95) await use('silent', dayOf(95));
  });
  expect(told).toEqual({
    30: ['unborn made on 2026-01-01'],
    50: ['claimed made on 2026-01-01'],
    90: ['silent last used on 2026-01-01'],
    185: ['silent last used on 2026-04-06'],
  });
});

test('K9: a server that was off for a month tells the last stage of what it missed', async () => {
  await person('ada');
  await key('due', { rotateEveryDays: 90 });
  await key('soon', { expiresAt: dayOf(95) });
  await use('due', dayOf(60));
  await run(70);
  const [mail, ...others] = (await run(91)).get('ada@example.com') ?? [];
  expect(others).toEqual([]);
  expect(mail?.text.split('\n').filter((line) => line.startsWith('- '))).toEqual([
    expect.stringContaining('id soon): expires on 2026-04-06, in 4 days'),
    expect.stringContaining('id due): overdue since 2026-04-01'),
    expect.stringContaining('id soon): last used on 2026-01-01'),
  ]);
  expect(await run(92)).toEqual(new Map());
});

test('K9: a new schedule or expiry is told anew', async () => {
  await person('ada');
  await key('k', { rotateEveryDays: 90, expiresAt: dayOf(95) });
  const days = await walk(100, 'ada@example.com', async (day) => {
    await use('k', dayOf(day));
    if (day === 90)
      await database.pool.query('UPDATE api_keys SET rotate_every_days = 105, expires_at = $1', [dayOf(200)]);
  });
  expect(Object.keys(days).map(Number)).toEqual([76, 81, 83, 88, 89, 91, 98]);
});

test('K9: two runs at the same time, or one after the other, tell once', async () => {
  await person('ada');
  await key('k', { rotateEveryDays: 90 });
  await database.pool.query(
    `INSERT INTO users (id, name, email) SELECT 'p' || n, 'p', 'p' || n || '@example.com' FROM generate_series(1, 249) n`,
  );
  await database.pool.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, prefix, last_four, scopes, created_at, last_used_at)
     SELECT 'k' || n, 'p' || n, 'k', 'meterr', 'live', 'p', 'l', '{}', $1, $1 FROM generate_series(1, 249) n`,
    [dayOf(0)],
  );
  const context = {
    clock: fakeClock(dayOf(80).getTime()),
    log: pino({ level: 'silent' }),
    signal: new AbortController().signal,
  };
  const runs = Array.from({ length: 3 }, () => keyReminders(database).run(undefined, context));
  await Promise.all(runs);
  const mails = await takeMails();
  expect(mails.size).toBe(250);
  expect([...mails.values()].every(({ length }) => length === 1)).toBe(true);
  expect(await run(80)).toEqual(new Map());
});

test('K9: what is told is written down with the mail, or neither', async () => {
  await person('ada');
  await key('k', { rotateEveryDays: 90 });
  await database.pool.query('ALTER TABLE notifications ADD CONSTRAINT refuses CHECK (false) NOT VALID');
  await expect(run(80)).rejects.toThrow();
  await database.pool.query('ALTER TABLE notifications DROP CONSTRAINT refuses');
  expect((await run(80)).size).toBe(1);
});

test('K9: dead keys, keys in grace or awaiting their claim, and people who are banned or deleted are left out', async () => {
  await person('ada');
  await person('banned', { banned: true });
  await person('ban-over', { banned: true, banExpires: dayOf(79) });
  await person('deleted', { deletedAt: dayOf(1) });
  const due = { rotateEveryDays: 90, lastUsedAt: null };
  await database.orm.insert(keyUses).values({ id: 'spent', usesMax: 1, used: 1 });
  await database.pool.query(
    `INSERT INTO key_claims (id, user_id, created_at, expires_at) VALUES ('c', 'ada', now(), now())`,
  );
  await key('revoked', { ...due, revokedAt: dayOf(1) });
  await key('inactive', { ...due, isActive: false });
  await key('expired', { ...due, expiresAt: dayOf(70) });
  await key('in-grace', { ...due, graceEndsAt: dayOf(81) });
  await key('spent', { ...due, usesId: 'spent' });
  await key('awaiting', { ...due, claimId: 'c' });
  for (const userId of ['banned', 'deleted', 'ban-over']) await key(`of-${userId}`, { ...due, userId });
  expect([...(await run(80)).keys()]).toEqual(['ban-over@example.com']);
});

test('K9: a mail lists a hundred keys and says how many more; names are data', async () => {
  await person('ada');
  for (let n = 0; n < 130; n += 1)
    await key(`k${n}`, {
      rotateEveryDays: 90,
      name: n === 0 ? 'x"\n- evil: https://a.example {{claim:1}}\u202e' : 'ok',
    });
  await use('k0', dayOf(80));
  const [mail] = (await run(80)).get('ada@example.com') ?? [];
  const lines = mail?.text.split('\n').filter((line) => line.startsWith('- ')) ?? [];
  expect(lines).toHaveLength(100);
  expect(lines[0]).toBe(
    '- "x" - evil: https://a.example { {claim:1}} " (sk-meterr_live_AbCd…wxyz, id k0): due on 2026-04-01, in 10 days',
  );
  expect(mail?.text).toContain('\nand 30 more.\n');
  expect(mail?.text).toContain('keyward keys rotate <id>');
});

test('K9: somebody whose address is none holds up nobody', async () => {
  await person('ada');
  await person('bob', { email: 'no address' });
  await key('k1', { rotateEveryDays: 90 });
  await key('k2', { rotateEveryDays: 90, userId: 'bob' });
  expect([...(await run(80)).keys()]).toEqual(['ada@example.com']);
  expect(logged.join()).toContain('"user":"bob"');
});

test('K9: super_admins and the security contact hear of an overdue key in use, once a week', async () => {
  await person('ada');
  await person('root', { role: 'super_admin' });
  await person('gone', { role: 'super_admin', banned: true });
  await key('in-use', { rotateEveryDays: 10 });
  await key('idle', { rotateEveryDays: 10, lastUsedAt: dayOf(5) });
  const alerts: Record<number, string[]> = {};
  for (let day = 8; day <= 40; day += 1) {
    if (day <= 30) await use('in-use', dayOf(day));
    const mails = await run(day, 'security@example.com');
    mails.delete('ada@example.com');
    if (mails.size === 0) continue;
    expect([...mails.keys()].sort()).toEqual(['root@example.com', 'security@example.com']);
    alerts[day] =
      mails.get('security@example.com')?.flatMap(({ text }) => text.match(/^- .*$/gm) ?? []) ?? [];
  }
  const line = (overdue: string) => [`- in-use (sk-meterr_live_AbCd…), owner ada: ${overdue}`];
  expect(alerts).toEqual({
    10: line('overdue since today'),
    17: line('7 days overdue'),
    24: line('14 days overdue'),
    31: line('21 days overdue'),
  });
});
