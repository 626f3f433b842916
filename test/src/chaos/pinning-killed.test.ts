import type { Fault, SeenRequest } from '@keyward/metadata/loopback-ipfs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type PinningProduct, startPinningProduct } from '../providers-ipfs/pinning-product.ts';
import { isFullForm } from './rounds.ts';

let product: PinningProduct;
beforeAll(async () => {
  product = await startPinningProduct(inject('postgresUrl'));
  await product.write('Art', 20, 'first');
  await product.call('POST', '/api/collections/Art/publish');
  await product.untilKept([await product.directoryCid('Art')]);
}, 240_000);
afterAll(() => product[Symbol.asyncDispose]());

type Place = 'pinata' | 'service';

/** Where the process dies: at which request to which provider, with its work done or not. */
const steps: readonly (readonly [string, Place, string, Fault])[] = [
  ['it sends', 'pinata', 'POST', 'cut'],
  ['its upload was taken and not answered', 'pinata', 'POST', 'cut-after'],
  ['its pin was made and not answered', 'service', 'POST', 'cut-after'],
  ['the old pin was removed and not answered', 'pinata', 'DELETE', 'cut-after'],
  ['it looks for what there is', 'pinata', 'GET', 'cut'],
  ['it asks for a pin', 'service', 'POST', 'cut'],
  ['it removes the old pin', 'service', 'DELETE', 'cut'],
];
const chosen = isFullForm ? steps : steps.slice(0, 1);

test.each(chosen)(
  'N6: killed when %s, no pin is lost and none is made twice',
  async (step, place, method, fault) => {
    const { keyward, providers } = product;
    const killed = Promise.withResolvers<void>();
    let isArmed = false;
    let hasBegun = false;
    providers[place].fault = (request: SeenRequest) => {
      if (hasBegun) return 'cut';
      if (request.method !== method || isAudit(request)) return undefined;
      // It is tried again, when the node has said what is compared with afterwards.
      if (!isArmed) return 'cut';
      hasBegun = true;
      void keyward.kill9().then(killed.resolve, killed.reject);
      return fault;
    };
    await product.write('Art', 20, step);
    const cid = await product.directoryCid('Art');
    isArmed = true;
    await killed.promise;
    providers[place].fault = () => undefined;
    await keyward.start();
    expect(await product.directoryCid('Art')).toBe(cid);
    await product.untilKept([cid]);
    expect(providers.violations()).toEqual([]);
  },
  240_000,
);

/** The audit asks for pins by their names; what is under test looks for CIDs. */
function isAudit({ method, url }: SeenRequest): boolean {
  return method === 'GET' && url.search === '';
}
