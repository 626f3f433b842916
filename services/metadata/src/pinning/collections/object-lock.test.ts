import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { publishCollection, writeDocuments } from '../testing/bed-collections.ts';
import { createPinningBed, type PinningBed } from '../testing/pinning-bed.ts';

let bed: PinningBed;
afterEach(() => bed[Symbol.asyncDispose]());

const mei = () => bed.metadata.caller('mei');

async function published(): Promise<string> {
  bed = await createPinningBed(['pinata']);
  await writeDocuments(bed, mei(), 'Art', 2, 'first');
  return publishCollection(bed, mei(), 'Art');
}

test('O6: many who ask for pins of one collection at once do not take each other’s connections', async () => {
  const id = await published();
  const ask = () =>
    bed.call('pinCollection', mei(), {
      params: { id },
      query: { profile: 'unixfs-v1-2025', names: 'decimal' },
    });
  const { pool } = bed.metadata.database;
  const asked = Promise.all(Array.from({ length: 3 * pool.options.max }, ask));
  await expect(pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  expect(new Set((await asked).map(({ status }) => status))).toEqual(new Set([202]));
  expect(await bed.pins()).toHaveLength(1);
});

test('K10, R3: a collection that changes hands meanwhile gets its pins in the name of its new owner', async () => {
  const id = await published();
  const { pool } = bed.metadata.database;
  const client = await pool.connect();
  try {
    // As a hand-over does it.
    await client.query('BEGIN');
    await client.query('SELECT FROM collections WHERE id = $1 FOR UPDATE', [id]);
    await client.query("UPDATE collections SET user_id = 'bo' WHERE id = $1", [id]);
    await client.query("UPDATE pins SET user_id = 'bo' WHERE object_id = $1", [id]);
    const noting = bed.run('metadata-pin-collections');
    await Promise.race([noting, delay(500)]);
    await client.query('COMMIT');
    await noting;
  } finally {
    client.release();
  }
  const { rows } = await pool.query('SELECT user_id FROM pins');
  expect(rows).toEqual([{ user_id: 'bo' }]);
});
