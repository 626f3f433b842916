import {
  type LoopbackImageKit,
  loopbackImageKit,
  type S3Server,
  s3Server,
} from '@keyward/metadata/loopback-stores';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { plainPng } from './media/make-png.ts';
import { type ProductUnderTest, productUnderTest } from './product-under-test.ts';
import { untilNotBusy } from './until-not-busy.ts';

const timeoutMs = 240_000;
const soon = { timeout: 120_000, interval: 300 };

interface Shown {
  readonly id: string;
  readonly stores: readonly { readonly name: string; readonly state: string; readonly url: string | null }[];
}

describe('stores of media', { timeout: timeoutMs }, () => {
  let s3: S3Server;
  let imageKit: LoopbackImageKit;
  let database: Awaited<ReturnType<typeof createOwnDatabase>>;
  let product: ProductUnderTest;

  beforeAll(async () => {
    [s3, imageKit] = await Promise.all([s3Server(), loopbackImageKit()]);
    database = await createOwnDatabase(inject('postgresUrl'));
    const { privateKey, urlEndpoint, plan, apiUrl = '' } = imageKit.options;
    const environment = {
      ...{ DATABASE_URL: database.url, S3_URL: s3.url },
      ...{ IMAGEKIT_PRIVATE_KEY: privateKey, IMAGEKIT_URL_ENDPOINT: urlEndpoint },
      ...{ IMAGEKIT_PLAN: plan, IMAGEKIT_API_URL: apiUrl },
    };
    product = await productUnderTest(await (await Keyward.create({ environment })).start());
  }, timeoutMs);
  afterAll(async () => {
    await product.keyward[Symbol.asyncDispose]();
    await database.drop();
    await Promise.all([s3[Symbol.asyncDispose](), imageKit[Symbol.asyncDispose]()]);
  });

  const upload = async (seed: number, visibility: string): Promise<string> => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(plainPng(seed + 3, 4))], { type: 'image/png' }), 'a.png');
    const path = `/api/media?visibility=${visibility}`;
    const answer = await untilNotBusy(() => product.send(product.metadata, 'POST', path, form));
    expect(answer.status).toBe(201);
    return ((await answer.json()) as Shown).id;
  };
  const show = async (id: string) =>
    (await (await product.send(product.metadata, 'GET', `/api/media/${id}`)).json()) as Shown;

  test('N6, O4: files reach S3 and ImageKit over kill -9 and a store that was away; deletes too; private stays private', async () => {
    await s3.stop();
    const [hidden, open] = [await upload(1, 'private'), await upload(2, 'public')];
    await vi.waitFor(() => expect(imageKit.files.size).toBe(1), soon);
    let output = product.keyward.output;
    await product.keyward.kill9();
    await s3.start();
    await product.keyward.start();
    await vi.waitFor(async () => expect(await s3.keys()).toHaveLength(2), soon);
    await vi.waitFor(async () => {
      for (const id of [hidden, open])
        expect((await show(id)).stores.map(({ state }) => state)).not.toContain('waiting');
    }, soon);
    expect((await show(hidden)).stores.map(({ name }) => name)).toEqual(['local', 's3']);
    const delivered = (await show(open)).stores.find(({ name }) => name === 'imagekit')?.url ?? '';
    expect((await fetch(`${delivered}?tr=orig-true`)).status).toBe(200);
    expect(imageKit.files.size).toBe(1);

    expect((await product.send(product.metadata, 'DELETE', `/api/media/${open}`)).status).toBe(204);
    await vi.waitFor(
      async () => expect([(await s3.keys()).length, imageKit.files.size]).toEqual([1, 0]),
      soon,
    );
    output += product.keyward.output;
    const rows = await query<{ row: string }>(database.url, 'SELECT t::text AS row FROM media_replicas t');
    const all = [output, ...rows.map(({ row }) => row), JSON.stringify(await show(hidden))].join();
    expect(all).not.toContain(imageKit.options.privateKey);
    expect(all).not.toContain('S3RVER:S3RVER');
  });
});
