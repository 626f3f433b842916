import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import type { IssuedKey } from '../product/people-and-keys.ts';
import type { ProductUnderTest } from './product-under-test.ts';
import { untilNotBusy } from './until-not-busy.ts';

/** Documents, token URIs and images. */
export function describeMetadata(given: () => ProductUnderTest): void {
  let keyward: Keyward;
  let metadata: IssuedKey;
  let stranger: IssuedKey;
  let send: ProductUnderTest['send'];
  beforeAll(() => {
    ({ keyward, metadata, stranger, send } = given());
  });

  test('N1, N4: an ERC-721 document is stored, read back value for value, and served as its token URI', async () => {
    const document = {
      name: 'Ember #1',
      description: 'SELECT * FROM users; <b>bold</b>',
      image: 'ipfs://bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
      attributes: [{ trait_type: 'Level', value: 5, display_type: 'number', max_value: 0 }],
      our_own_field: { nested: [1, 2.5, null, true, 'ü'] },
    };
    const created = await send(metadata, 'POST', '/api/metadata?collection=embers&token_id=1', document);
    expect(created.status).toBe(201);
    const stored = (await created.json()) as {
      id: string;
      cid: string;
      document: unknown;
      token_uri: string;
      collection: unknown;
    };
    expect(stored.document).toEqual(document);
    const read = await send(metadata, 'GET', `/api/metadata/${stored.id}`);
    expect(((await read.json()) as { document: unknown }).document).toEqual(document);
    expect(read.headers.get('etag')).toContain(stored.cid);
    expect(
      (
        await send(metadata, 'GET', `/api/metadata/${stored.id}`, undefined, {
          'if-none-match': read.headers.get('etag') ?? '',
        })
      ).status,
    ).toBe(304);

    expect((await keyward.fetch(stored.token_uri)).status).toBe(404);
    const { data } = (await (await send(metadata, 'GET', '/api/collections')).json()) as {
      data: { id: string; name: string }[];
    };
    const collection = data.find(({ name }) => name === 'embers');
    expect((await send(metadata, 'POST', `/api/collections/${collection?.id}/publish`)).status).toBe(200);
    const token = await keyward.fetch(stored.token_uri, { headers: { origin: 'https://market.example' } });
    expect(await token.json()).toEqual(document);
    expect(token.headers.get('access-control-allow-origin')).toBe('*');
    expect(token.headers.get('cache-control')).toBe('public, max-age=60');
    expect(token.headers.get('etag')).toContain(stored.cid);
    const hex = stored.token_uri.replace(/1$/, `${'0'.repeat(63)}1.json`);
    expect(await (await keyward.fetch(hex)).json()).toEqual(document);
  });

  test('N2: a number that a double cannot hold is refused by pointer, and text that looks like SQL or HTML is kept', async () => {
    const refused = await send(
      metadata,
      'POST',
      '/api/metadata',
      '{"name":"x","supply":[1,12345678901234567890]}',
    );
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/supply/1' }] });
    const script = await send(metadata, 'POST', '/api/metadata', {
      name: 'x',
      external_url: 'javascript:alert(1)',
    });
    expect(await script.json()).toMatchObject({ status: 422, errors: [{ pointer: '/external_url' }] });
  });

  test('N1: documents are replaced, patched, listed, filtered and deleted; a stale If-Match changes nothing', async () => {
    const created = (await (await send(metadata, 'POST', '/api/metadata', { name: 'Moss' })).json()) as {
      id: string;
      version: number;
    };
    const path = `/api/metadata/${created.id}`;
    const first = (await send(metadata, 'GET', path)).headers.get('etag') ?? '';
    const patched = await send(
      metadata,
      'PATCH',
      path,
      { description: 'green' },
      { 'content-type': 'application/merge-patch+json', 'if-match': first },
    );
    expect(await patched.json()).toMatchObject({
      version: created.version + 1,
      document: { name: 'Moss', description: 'green' },
    });
    expect((await send(metadata, 'PUT', path, { name: 'Lost' }, { 'if-match': first })).status).toBe(412);
    const replaced = await send(metadata, 'PUT', path, { name: 'Lichen' });
    expect(await replaced.json()).toMatchObject({
      version: created.version + 2,
      document: { name: 'Lichen' },
    });
    const found = (await (await send(metadata, 'GET', '/api/metadata?search=lichen')).json()) as {
      data: { id: string }[];
    };
    expect(found.data.map(({ id }) => id)).toEqual([created.id]);
    expect((await send(metadata, 'DELETE', path)).status).toBe(204);
    expect((await send(metadata, 'GET', path)).status).toBe(404);
  });

  test('N1: an Idempotency-Key makes one document of many attempts, and refuses other content', async () => {
    const headers = { 'idempotency-key': 'only-once' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send(metadata, 'POST', '/api/metadata', { name: 'Once' }, headers)),
    );
    const ids = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { id?: string }).id),
    );
    expect(new Set(ids.filter((id) => id !== undefined)).size).toBe(1);
    const other = await send(metadata, 'POST', '/api/metadata', { name: 'Twice' }, headers);
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([
      422,
      'idempotency_conflict',
    ]);
  });

  test('U1, N5: a PNG is uploaded and downloaded whole and by range; a stranger finds nothing', async () => {
    const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#c0ffee' } })
      .png()
      .toBuffer();
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(png)], { type: 'image/png' }), '../../bild ü.png');
    const uploaded = await untilNotBusy(() => send(metadata, 'POST', '/api/media', form));
    expect(uploaded.status).toBe(201);
    const media = (await uploaded.json()) as {
      id: string;
      url: string;
      type: string;
      width: number;
      height: number;
      bytes: number;
      sha256: string;
    };
    expect(media).toMatchObject({ type: 'image/png', width: 40, height: 30 });
    const whole = await send(metadata, 'GET', media.url);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(bytes).toHaveLength(media.bytes);
    expect(whole.headers.get('content-type')).toBe('image/png');
    expect(whole.headers.get('content-disposition')).not.toContain('..');
    const part = await send(metadata, 'GET', media.url, undefined, { range: 'bytes=8-15' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 8-15/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(8, 16));
    expect(
      (await send(metadata, 'GET', media.url, undefined, { range: `bytes=${bytes.length}-` })).status,
    ).toBe(416);
    expect((await send(stranger, 'GET', media.url)).status).toBe(404);
    expect((await keyward.fetch(media.url)).status).toBe(401);
  });

  test('U1: what is no image is 415, whatever it calls itself, and leaves nothing behind', async () => {
    const before = await (await send(metadata, 'GET', '/api/media')).json();
    for (const content of ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'GIF89a/*', 'MZ']) {
      const form = new FormData();
      form.set('file', new Blob([content], { type: 'image/png' }), 'x.png');
      const refused = await untilNotBusy(() => send(metadata, 'POST', '/api/media', form));
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        415,
        'invalid_file_type',
      ]);
    }
    expect(await (await send(metadata, 'GET', '/api/media')).json()).toEqual(before);
  });
}
