import { afterEach, expect, test } from 'vitest';
import { recoverableMs } from '../../documents/deleted/recoverable.ts';
import { purgeExpired } from '../../documents/purge-expired.ts';
import { createPinningBed, type PinningBed } from '../testing/pinning-bed.ts';

let bed: PinningBed;
afterEach(() => bed[Symbol.asyncDispose]());

test('N6: a collection that was emptied before it was sent keeps the pin that it had', async () => {
  bed = await createPinningBed(['pinata']);
  const mei = bed.metadata.caller('mei');
  const place = { collection: 'Art', token_id: '0' };
  const { body } = await bed.metadata.call('createDocument', mei, { body: { n: 1 }, query: place });
  await bed.metadata.call('publishCollection', mei, { params: { id: 'Art' } });
  await bed.turn();
  const [pin] = await bed.pins();
  await bed.metadata.call('replaceDocument', mei, { params: { id: body.id }, body: { n: 2 } });
  await bed.run('metadata-pin-collections');
  await bed.metadata.call('deleteDocument', mei, { params: { id: body.id } });
  for (let turn = 0; turn < 3; turn += 1) await bed.turn();
  expect(await bed.pins()).toMatchObject([{ id: pin?.id, cid: pin?.cid, state: 'pinned', wish: 'keep' }]);
  expect([...bed.pinata.files.values()].map(({ cid }) => cid)).toEqual([pin?.cid]);
});

test('N3, N6: pins of a deleted collection stay while it can be recovered, and go when it is gone for good', async () => {
  bed = await createPinningBed(['pinata']);
  const mei = bed.metadata.caller('mei');
  const items = ['0', '1'].map((token_id) => ({ collection: 'Art', token_id, document: { token_id } }));
  await bed.metadata.call('createBatch', mei, { body: { items } });
  await bed.metadata.call('publishCollection', mei, { params: { id: 'Art' } });
  await bed.turn();
  const [pin] = await bed.pins();
  expect(pin).toMatchObject({ state: 'pinned', wish: 'keep' });

  const { body } = await bed.metadata.call('deleteCollection', mei, { params: { id: 'Art' } });
  const wishes = async () => {
    await bed.turn();
    await bed.run('metadata-pins-of-gone');
    return (await bed.pins()).map(({ cid, wish }) => ({ cid, wish }));
  };
  expect(await wishes()).toEqual([{ cid: pin?.cid, wish: 'keep' }]);
  await bed.metadata.call('restoreCollection', mei, { params: { id: body.id } });
  expect(await wishes()).toEqual([{ cid: pin?.cid, wish: 'keep' }]);

  await bed.metadata.call('deleteCollection', mei, { params: { id: 'Art' } });
  bed.metadata.clock.advance(recoverableMs);
  await purgeExpired(bed.metadata.database, bed.metadata.clock.now());
  expect(await wishes()).toEqual([{ cid: pin?.cid, wish: 'remove' }]);
  await bed.turn();
  expect(bed.pinata.files.size).toBe(0);
});
