import { expect, test } from 'vitest';
import type { AuditEntry } from './audit/entry.ts';
import { type JournalRefusal, JournalUnavailableError } from './audit/journal/journal-errors.ts';
import type { RequestJournal } from './recorder.ts';
import { json } from './reply.ts';
import { defineRoute } from './route.ts';
import { defineService } from './service.ts';
import { createTestGuard } from './testing/test-guard.ts';

let done: string[] = [];
const base = {
  limit: 'none',
  request: {},
  responses: { 200: { description: 'Done.' } },
  errors: [],
} as const;
const access = { kind: 'anybody' } as const;
const service = defineService({
  name: 'shop',
  title: 'Shop',
  scopes: { 'orders:write': 'Buy' },
  contract: {
    look: defineRoute({
      ...base,
      access,
      method: 'GET',
      path: '/look',
      summary: '',
      audit: { action: 'look' },
    }),
    buy: defineRoute({
      ...base,
      access,
      method: 'POST',
      path: '/buy',
      summary: '',
      audit: { action: 'buy' },
    }),
    rule: defineRoute({
      ...{ ...base, access, method: 'DELETE', path: '/rule', summary: '' },
      audit: { action: 'rule', isAdministrative: true },
    }),
    keyed: defineRoute({
      ...{ ...base, method: 'PUT', path: '/keyed', summary: '', audit: { action: 'keyed' } },
      access: { kind: 'scopes', scopes: ['orders:write'] },
      limit: 'key',
    }),
  },
  handlers: Object.fromEntries(
    ['look', 'buy', 'rule', 'keyed'].map((name) => [
      name,
      () => {
        done.push(name);
        return json(200, {});
      },
    ]),
  ) as never,
});

interface Asked {
  readonly journal: RequestJournal;
  readonly appended: AuditEntry[];
  readonly synced: string[];
  readonly missed: boolean[];
}

function journalThat(takesChanges: boolean, refusal?: JournalRefusal): Asked {
  const [appended, synced, missed]: [AuditEntry[], string[], boolean[]] = [[], [], []];
  const append = async (entry: AuditEntry) => {
    if (refusal !== undefined) throw new JournalUnavailableError(refusal, refusal);
    appended.push(entry);
  };
  const journal = {
    takesChanges,
    append,
    appendSynced: async (entry: AuditEntry) => {
      await append(entry);
      synced.push(entry.action);
    },
    missed: (isChange: boolean) => missed.push(isChange) === 1,
  };
  return { journal, appended, synced, missed };
}

function guardWith({ journal }: Asked, more: object = {}) {
  done = [];
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  return { ...createTestGuard([service], { journal, onError, ...more }), errors };
}

test('A2: while room is short a change is refused with 503 before its handler runs, and reads go on', async () => {
  const asked = journalThat(false);
  const { send } = guardWith(asked);
  const refused = await send('/buy', { method: 'POST' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({ code: 'audit_unavailable' });
  expect((await send('/look')).status).toBe(200);
  expect((await send('/look', { method: 'HEAD' })).status).toBe(200);
  expect((await send('/look', { method: 'OPTIONS' })).status).toBe(204);
  expect((await send('/nowhere', { method: 'POST' })).status).toBe(404);
  expect(done).toEqual(['look', 'look']);
  expect(asked.appended.map(({ action, status }) => `${action} ${status}`)).toContain('buy 503');
});

test('A2, K6: a change that is refused for want of room has spent no use and no permit of its key', async () => {
  const asked = journalThat(false);
  let taken = 0;
  const uses = {
    take: async () => {
      taken += 1;
      return true;
    },
  };
  const { send, issueKey } = guardWith(asked, { uses });
  const { key } = issueKey({ scopes: ['orders:write'], usesId: 'uses-1', usesMax: 1, used: 0 });
  const put = { method: 'PUT', headers: { 'x-api-key': key } };
  expect((await send('/keyed', put)).status).toBe(503);
  expect(taken).toBe(0);
  // Who may not make the change at all hears that first.
  expect((await send('/keyed', { method: 'PUT' })).status).toBe(401);
});

for (const refusal of ['no_room', 'failing'] as const) {
  test(`A2: a read whose entry cannot be written (${refusal}) is answered and counted, and spoken of once`, async () => {
    const asked = journalThat(false, refusal);
    const { send, errors } = guardWith(asked);
    for (let count = 0; count < 5; count++) expect((await send('/look')).status).toBe(200);
    expect((await send('/buy', { method: 'POST' })).status).toBe(503);
    expect(asked.missed).toEqual([false, false, false, false, false, false]);
    expect(errors).toHaveLength(1);
  });
}

test('A2: a change that was let in and cannot be recorded after all is not acknowledged, and counted as one', async () => {
  const asked = journalThat(true, 'failing');
  const { send } = guardWith(asked);
  expect((await send('/buy', { method: 'POST' })).status).toBe(503);
  expect([done, asked.missed]).toEqual([['buy'], [true]]);
});

test.each(['behind', 'closed', 'unsynced'] as const)(
  'A2: what is no want of room (%s) refuses reads as well',
  async (refusal) => {
    const asked = journalThat(true, refusal);
    const { send } = guardWith(asked);
    expect((await send('/look')).status).toBe(503);
    expect(asked.missed).toEqual([]);
  },
);

test('A2: the entry of an administrative change is on the disk before the answer; with AUDIT_SYNC=answer all are', async () => {
  const asked = journalThat(true);
  const { send } = guardWith(asked);
  await send('/rule', { method: 'DELETE' });
  await send('/buy', { method: 'POST' });
  await send('/look');
  expect(asked.synced).toEqual(['rule']);
  const all = journalThat(true);
  await guardWith(all, { syncBeforeAnswer: true }).send('/look');
  expect(all.synced).toEqual(['look']);
});
