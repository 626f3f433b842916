import { afterEach, describe, expect, test } from 'vitest';
import { outsideStatesOf, tellOfOutside } from '../../outside/index.ts';
import { directoryCidOf, publishCollection, writeDocuments } from '../testing/bed-collections.ts';
import { bedToken, createPinningBed, type PinningBed } from '../testing/pinning-bed.ts';

let bed: PinningBed;
let logged: string[];
afterEach(async () => {
  expect([...bed.pinata.violations, ...bed.service.violations]).toEqual([]);
  await bed[Symbol.asyncDispose]();
});

const mei = () => bed.metadata.caller('mei');
const minute = 60_000;

async function publishedAt(...at: ('pinata' | 'service')[]): Promise<void> {
  logged = [];
  bed = await createPinningBed(at);
  for (const name of ['A', 'B', 'C', 'D', 'E', 'F']) {
    await writeDocuments(bed, mei(), name, 1, name);
    await publishCollection(bed, mei(), name);
  }
}

const readyz = () => outsideStatesOf(bed.metadata.database, { pinning: bed.pinning.names });

async function tell(): Promise<void> {
  const note = (...said: unknown[]) => void logged.push(JSON.stringify(said));
  const log = { info: note, warn: note, error: note };
  const { clock, database } = bed.metadata;
  const job = tellOfOutside({ database, names: ['pinata'], securityContact: 'ops@example.com' });
  await job.run(undefined, { clock, log, signal: new AbortController().signal });
}

async function mails(): Promise<string[]> {
  const { rows } = await bed.metadata.database.pool.query(
    "SELECT content->>'subject' AS subject FROM notifications ORDER BY created_at",
  );
  return rows.map(({ subject }) => subject as string);
}

describe.each([
  ['pinata', 401],
  ['pinata', 403],
  ['service', 401],
  ['service', 403],
] as const)('N6, O6: when %s answers %i', (at, status) => {
  test('pins wait without losing tries, one is asked for all, and all go on by themselves', async () => {
    await publishedAt(at);
    const server = bed[at];
    server.fault = () => ({ status, body: { error: { reason: 'UNAUTHORIZED' } } });
    await bed.turn();
    expect(server.requests.length).toBeLessThanOrEqual(3);
    const refused = (await bed.pins()).filter(({ reason }) => reason === 'credentials_refused');
    expect(refused.length).toBeGreaterThan(0);
    for (let round = 0; round < 5; round += 1) {
      const before = server.requests.length;
      await bed.turn();
      expect(server.requests.length).toBe(before);
      await bed.makeDue();
      await bed.turn();
      expect(server.requests.length).toBe(before + 1);
    }
    for (const { tries, state, reason } of await bed.pins()) {
      expect(tries).toBe(0);
      expect(['queued credentials_refused', 'waiting credentials_refused', 'queued null']).toContain(
        `${state} ${reason}`,
      );
    }
    expect(await readyz()).toEqual({ pinning: 'refused' });
    server.fault = () => undefined;
    await bed.metadata.database.pool.query('UPDATE pin_quotas SET blocked_until = NULL');
    await bed.metadata.database.pool.query(
      "UPDATE pins SET next_try_at = $1 WHERE id = (SELECT id FROM pins WHERE state = 'queued' LIMIT 1)",
      [new Date(bed.metadata.clock.now())],
    );
    for (let turn = 0; turn < 3; turn += 1) {
      await bed.turn();
      bed.metadata.clock.advance(10_000);
    }
    expect(new Set((await bed.pins()).map(({ state }) => state))).toEqual(
      new Set([at === 'pinata' ? 'pinned' : 'waiting']),
    );
    expect(new Set((await bed.pins()).map(({ reason }) => reason))).toEqual(
      new Set([at === 'pinata' ? null : 'provider_pending']),
    );
    expect(await readyz()).toEqual({ pinning: 'ok' });
  });
});

test('N6: 403 with words of the plan is the plan, not the credentials', async () => {
  await publishedAt('pinata');
  bed.pinata.fault = () => ({ status: 403, body: { error: 'You have reached the limit of your plan' } });
  await bed.turn();
  expect(new Set((await bed.pins()).map(({ reason }) => reason))).toContain('plan_limit');
  expect(await readyz()).toEqual({ pinning: 'ok' });
});

test('M4, O6: operators are told once of a refusal and once of its end, by mail and log, without the token', async () => {
  await publishedAt('pinata');
  await tell();
  expect(await mails()).toEqual([]);
  bed.pinata.fault = () => ({ status: 401, body: { error: `no such key: ${bedToken}` } });
  await bed.turn();
  for (let round = 0; round < 3; round += 1) {
    await tell();
    bed.metadata.clock.advance(minute);
    await bed.makeDue();
    await bed.turn();
  }
  expect(await mails()).toEqual(['Pinata refuses the credentials of this installation']);
  bed.pinata.fault = () => undefined;
  await bed.makeDue();
  await bed.turn();
  for (let round = 0; round < 2; round += 1) await tell();
  const told = ['Pinata refuses the credentials of this installation', 'Pinata answers again'];
  expect(await mails()).toEqual(told);
  expect(logged).toHaveLength(2);
  const { rows } = await bed.metadata.database.pool.query(
    'SELECT row_to_json(n)::text AS text FROM notifications n UNION SELECT row_to_json(o)::text FROM outside_services o',
  );
  expect(JSON.stringify(rows) + logged.join()).not.toContain(bedToken);
});

test('M4: what comes and goes is told once an hour; what is away only when it stays so, and a refusal is never hidden by it', async () => {
  await publishedAt('pinata');
  const turnWith = async (status: number | undefined) => {
    bed.pinata.fault = () => (status === undefined ? undefined : { status });
    await writeDocuments(bed, mei(), 'A', 1, String(bed.metadata.clock.now()));
    await bed.makeDue();
    await bed.turn();
    await tell();
    bed.metadata.clock.advance(minute);
  };
  await turnWith(503);
  await turnWith(503);
  expect([await mails(), await readyz()]).toEqual([[], { pinning: 'away' }]);
  bed.metadata.clock.advance(15 * minute);
  await turnWith(503);
  expect(await mails()).toEqual(['Pinata does not answer']);
  await turnWith(401);
  expect(await mails()).toHaveLength(2);
  for (let round = 0; round < 4; round += 1) {
    await turnWith(undefined);
    await turnWith(401);
  }
  expect(await mails()).toEqual([
    'Pinata does not answer',
    'Pinata refuses the credentials of this installation',
    'Pinata answers again',
  ]);
});

test('N6: a key that may read and not write is refused for its writes, though its reads succeed', async () => {
  await publishedAt('pinata');
  bed.pinata.fault = ({ method }) => (method === 'POST' ? { status: 403 } : undefined);
  for (let round = 0; round < 3; round += 1) {
    await bed.makeDue();
    await bed.turn();
    bed.metadata.clock.advance(minute);
  }
  expect(await readyz()).toEqual({ pinning: 'refused' });
  expect((await bed.pins()).every(({ tries }) => tries === 0)).toBe(true);
});

test('N6, O6: a key that is refused while all is pinned is noticed by the audit, and mended again', async () => {
  await publishedAt('pinata');
  await bed.turn();
  bed.pinata.fault = () => ({ status: 401 });
  await bed.run('metadata-pin-audit');
  expect(await readyz()).toEqual({ pinning: 'refused' });
  const asked = bed.pinata.requests.length;
  await bed.run('metadata-pin-audit');
  expect(bed.pinata.requests.length).toBe(asked);
  bed.pinata.fault = () => undefined;
  await bed.pinning.start();
  await bed.run('metadata-pin-audit');
  expect(await readyz()).toEqual({ pinning: 'ok' });
});

test('N6: a start tries at once what was refused before', async () => {
  await publishedAt('pinata');
  bed.pinata.fault = () => ({ status: 401 });
  await bed.turn();
  bed.pinata.fault = () => undefined;
  await bed.pinning.start();
  await bed.turn();
  expect(new Set((await bed.pins()).map(({ state }) => state))).toEqual(new Set(['pinned']));
  expect(bed.network.has(await directoryCidOf(bed, mei(), 'F'))).toBe(true);
});
