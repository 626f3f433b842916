import { afterEach, expect, test } from 'vitest';
import { publishCollection, writeDocuments } from '../testing/bed-collections.ts';
import { createPinningBed, type PinningBed } from '../testing/pinning-bed.ts';

let bed: PinningBed;
afterEach(async () => {
  expect([...bed.pinata.violations, ...bed.service.violations]).toEqual([]);
  await bed[Symbol.asyncDispose]();
});

const mei = () => bed.metadata.caller('mei');
const hour = 3600_000;

async function published(at: 'pinata' | 'service'): Promise<void> {
  bed = await createPinningBed([at]);
  await writeDocuments(bed, mei(), 'Art', 2, 'first');
  await publishCollection(bed, mei(), 'Art');
}

async function turnAgain(times = 1): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    await bed.makeDue();
    await bed.turn();
  }
}

test('N6: a service has three days from when it was asked, also for a pin that is old', async () => {
  await published('service');
  bed.service.statusOf = () => 'pinned';
  await bed.turn();
  await turnAgain();
  expect(await bed.pins()).toMatchObject([{ state: 'pinned' }]);
  bed.metadata.clock.advance(40 * 24 * hour);
  bed.service.pins.clear();
  bed.service.statusOf = () => 'pinning';
  await bed.run('metadata-pin-audit');
  await bed.turn();
  const asked = { state: 'waiting', reason: 'provider_pending', tries: 0 };
  expect(await bed.pins()).toMatchObject([asked]);
  bed.metadata.clock.advance(70 * hour);
  await turnAgain();
  expect(await bed.pins()).toMatchObject([asked]);
  bed.metadata.clock.advance(3 * hour);
  await turnAgain();
  expect(await bed.pins()).toMatchObject([{ reason: 'provider_failed', tries: 1 }]);
});

test('N6: a pin that somebody tries again is as new to a service that takes its time', async () => {
  await published('service');
  bed.service.statusOf = () => 'failed';
  await bed.turn();
  await turnAgain(12);
  const [pin] = await bed.pins();
  expect(pin).toMatchObject({ state: 'failed', reason: 'provider_failed' });
  bed.metadata.clock.advance(10 * 24 * hour);
  bed.service.statusOf = () => 'pinning';
  expect(await bed.call('retryPin', mei(), { params: { id: pin?.id } })).toMatchObject({ status: 202 });
  await bed.turn();
  expect(await bed.pins()).toMatchObject([{ state: 'waiting', reason: 'provider_pending', tries: 0 }]);
});

test('N6: tries that failed while a provider was away do not count against the content', async () => {
  await published('pinata');
  bed.pinata.fault = () => 'cut';
  await bed.turn();
  await turnAgain(14);
  for (const fault of [{ status: 400, body: { error: 'a proxy that starts' } }, 'garbage'] as const) {
    bed.pinata.fault = () => fault;
    await turnAgain();
    expect(await bed.pins()).toMatchObject([{ state: 'waiting' }]);
  }
  bed.pinata.fault = () => undefined;
  await turnAgain();
  expect(await bed.pins()).toMatchObject([{ state: 'pinned', tries: 0 }]);
});

test('N6: what a provider refuses three times in a row has failed', async () => {
  await published('pinata');
  bed.pinata.fault = ({ method }) => (method === 'POST' ? { status: 400, body: {} } : undefined);
  await bed.turn();
  await turnAgain();
  expect(await bed.pins()).toMatchObject([{ state: 'waiting', tries: 2 }]);
  await turnAgain();
  expect(await bed.pins()).toMatchObject([{ state: 'failed', reason: 'content_refused', tries: 3 }]);
});
