import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { nobody } from '@keyward/guard';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchTokens } from '../../testing/batch-tokens.ts';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';

let bed: MetadataBed;
beforeAll(async () => {
  bed = await createMetadataBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const mei = () => bed.caller('mei');
const fill = async (collection: string, many: number) =>
  (await bed.call('createBatch', mei(), { body: { items: batchTokens(collection, many) } })).body.data;
const freeze = (id: string, caller = mei()) => bed.call('freezeCollection', caller, { params: { id } });

test('N3: every document of the collection is frozen with a proof that anybody can verify', async () => {
  const documents = await fill('Cold', 520);
  const { keys } = (await bed.call('listProofKeys', mei())).body;
  const answer = await freeze('Cold');
  expect(answer).toMatchObject({
    status: 200,
    body: {
      name: 'Cold',
      frozen: true,
      frozen_at: '2026-01-01T00:00:00.000Z',
      documents: 520,
      newly_frozen: 520,
    },
    audited: [answer.body.id],
  });
  for (const { id, cid } of documents.filter((_, at) => at % 50 === 0 || at > 490)) {
    const { body } = await bed.call('readFreeze', mei(), { params: { id } });
    const [header, payload = '', signature = ''] = body.proof.split('.');
    const key = createPublicKey({ key: keys[0] as JsonWebKey, format: 'jwk' });
    expect(verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
    const { proof: _, ...claim } = body;
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual(claim);
    expect(claim).toMatchObject({ document_id: id, collection_id: answer.body.id, cid });
  }
});

test('N3: nothing is added to it and nothing of it changes, by any route; what is elsewhere stays free', async () => {
  const [first, second] = await fill('Solid', 3);
  const loose = (await bed.call('createDocument', mei(), { body: {} })).body;
  await bed.call('deleteDocument', mei(), { params: { id: second?.id ?? '' } });
  expect((await freeze('Solid')).body).toMatchObject({ documents: 2, newly_frozen: 2 });
  const params = { id: first?.id ?? '' };
  const solid = { params: { id: 'Solid' } };
  const place = { collection: 'Solid', token_id: '9' };
  const tries = [
    bed.call('createDocument', mei(), { body: {}, query: place }),
    bed.call('createBatch', mei(), { body: { items: [{ ...place, document: {} }] } }),
    bed.call('replaceDocument', mei(), { params: { id: loose.id }, body: {}, query: place }),
    bed.call('replaceBatch', mei(), { body: { items: [{ id: loose.id, ...place, document: {} }] } }),
    bed.call('restoreDocument', mei(), { params: { id: second?.id ?? '' } }),
    bed.call('restoreDocument', mei(), { params: { id: second?.id ?? '' }, query: { collection: 'Solid' } }),
    bed.call('patchDocument', mei(), { params, body: { n: 1 } }),
    bed.call('replaceDocument', mei(), { params, body: {}, query: { collection: 'Other' } }),
    bed.call('deleteDocument', mei(), { params }),
    bed.call('putContract', mei(), { ...solid, body: {} }),
    bed.call('updateCollection', mei(), { ...solid, body: { name: 'Liquid' } }),
    bed.call('updateCollection', mei(), { ...solid, body: { placeholder: {} } }),
    bed.call('deleteCollection', mei(), solid),
  ];
  const answers = await Promise.all(tries);
  expect(answers.map(({ code }) => code)).toEqual(tries.map(() => 'conflict'));
  // What to do instead.
  for (const { detail, errors } of answers)
    expect(`${detail} ${JSON.stringify(errors)}`).toMatch(
      /frozen for ever.*\b(another|new) (collection|document)\b/,
    );
  const elsewhere = { params: { id: second?.id ?? '' }, query: { collection: 'Elsewhere' } };
  expect((await bed.call('restoreDocument', mei(), elsewhere)).status).toBe(200);
});

test('N3, N4: a frozen draft can still be published', async () => {
  const [first] = await fill('Shown', 1);
  await freeze('Shown');
  expect((await bed.call('publishCollection', mei(), { params: { id: 'Shown' } })).status).toBe(200);
  const [, , collection = '', token_id = ''] = first?.token_uri.split('/') ?? [];
  expect((await bed.call('readToken', nobody, { params: { collection, token_id } })).status).toBe(200);
});

test('N3: frozen again, it stays as it is; what was frozen alone before keeps its proof', async () => {
  const [first] = await fill('Twice', 4);
  const params = { id: first?.id ?? '' };
  const alone = await bed.call('freezeDocument', mei(), { params });
  bed.clock.advance(5_000);
  const once = await freeze('Twice');
  expect(once.body).toMatchObject({ documents: 4, newly_frozen: 3 });
  bed.clock.advance(5_000);
  const again = await freeze('Twice');
  expect(again.body).toEqual({ ...once.body, newly_frozen: 0 });
  expect((await bed.call('readFreeze', mei(), { params })).body).toEqual(alone.body);
  await bed.call('createCollection', mei(), { body: { name: 'Empty' } });
  expect((await freeze('Empty')).body).toMatchObject({ frozen: true, documents: 0, newly_frozen: 0 });
});

test('N3: whoever adds at that moment adds before it, and is frozen too, or is refused', async () => {
  for (let round = 0; round < 5; round += 1) {
    const name = `Race ${round}`;
    const [first] = await fill(name, 5);
    const [frozen, ...others] = await Promise.all([
      freeze(name),
      ...[11, 12, 13].map((n) =>
        bed.call('createDocument', mei(), { body: {}, query: { collection: name, token_id: `${n}` } }),
      ),
      bed.call('patchDocument', mei(), { params: { id: first?.id ?? '' }, body: { n: 1 } }),
    ]);
    expect(frozen?.status).toBe(200);
    for (const { status, code } of others) expect([200, 201, 'conflict']).toContain(status ?? code);
    const { rows } = await bed.database.pool.query(
      'SELECT count(*)::int AS n FROM metadata WHERE collection_id = $1 AND NOT frozen',
      [frozen?.body.id],
    );
    expect(rows[0].n).toBe(0);
    const read = await bed.call('readFreeze', mei(), { params: { id: first?.id ?? '' } });
    const document = await bed.call('readDocument', mei(), { params: { id: first?.id ?? '' } });
    expect(read.body.cid).toBe(document.body.cid);
  }
});

test('R3, K5: nobody else freezes it', async () => {
  await fill('Mine', 1);
  for (const stranger of [bed.caller('tom'), bed.caller('mei', 'test')])
    expect((await freeze('Mine', stranger)).code).toBe('not_found');
});
