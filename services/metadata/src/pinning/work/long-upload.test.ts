import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { publishCollection, writeDocuments } from '../testing/bed-collections.ts';
import { createPinningBed, type PinningBed } from '../testing/pinning-bed.ts';

let bed: PinningBed;
afterEach(() => bed[Symbol.asyncDispose]());

const mei = () => bed.metadata.caller('mei');

async function publish(name: string): Promise<void> {
  await writeDocuments(bed, mei(), name, 1, name);
  await publishCollection(bed, mei(), name);
  await bed.run('metadata-pin-collections');
}

test('O4: an upload that takes long holds up no other pin, at that provider or the other', async () => {
  bed = await createPinningBed(['pinata', 'service']);
  bed.service.statusOf = () => 'pinned';
  bed.pinata.fault = ({ method, body }) =>
    method === 'POST' && body.includes('Long') ? 'silence' : undefined;
  await publish('Long');
  const stopping = new AbortController();
  const running = bed.run('metadata-pins', stopping.signal).catch(() => {});
  const states = async () =>
    (await bed.pins()).map(({ provider, state }) => `${provider} ${state}`).toSorted();
  while (String(await states()) !== 'pinata sending,pinning-service pinned') await delay(20);
  await publish('Short');
  const wanted = 'pinata pinned,pinata sending,pinning-service pinned,pinning-service pinned';
  const deadlineMs = performance.now() + 20_000;
  while (String(await states()) !== wanted && performance.now() < deadlineMs) await delay(50);
  expect(String(await states())).toBe(wanted);
  stopping.abort();
  await running;
});

test('O4: a run is not over before its last upload, whatever becomes of the others: nothing is claimed twice', async () => {
  bed = await createPinningBed(['pinata']);
  bed.pinata.fault = ({ method }) => (method === 'POST' ? 'silence' : undefined);
  await publish('Long');
  await publish('Other');
  const stopping = new AbortController();
  const running = bed.run('metadata-pins', stopping.signal).catch(() => 'over');
  while (bed.pinata.requests.filter(({ method }) => method === 'POST').length < 2) await delay(20);
  const { pool } = bed.metadata.database;
  await pool.query('ALTER TABLE pin_quotas RENAME TO away');
  expect(await Promise.race([running, delay(2_500, 'at work')])).toBe('at work');
  await pool.query('ALTER TABLE away RENAME TO pin_quotas');
  stopping.abort();
  await running;
});
