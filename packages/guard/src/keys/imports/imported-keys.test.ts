import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey, newKeySchema } from '../create-key.ts';
import { acme, bcryptLine, foreignKey, importBed, said } from './testing/import-bed.ts';

let bed: Awaited<ReturnType<typeof importBed>>;
beforeAll(async () => {
  bed = await importBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

async function stored(name: string): Promise<{ key_hash: string; prefix: string; last_four: string }[]> {
  const text = 'SELECT key_hash, prefix, last_four FROM api_keys WHERE name = $1 ORDER BY id';
  return (await bed.database.pool.query(text, [name])).rows;
}

test('K3, K13: the first use of an imported bcrypt key upgrades it, and no node runs bcrypt for it again', async () => {
  const key = foreignKey();
  await bed.imported([await bcryptLine(key, { name: 'first' })]);
  const node = await bed.node();
  expect(await node.verify(key)).toBe('first');
  expect(node.counts.runs).toBe(1);
  const [row] = await stored('first');
  expect(row?.key_hash).toMatch(/^hmac-sha256\./);
  expect([row?.prefix, row?.last_four]).toEqual([key.slice(0, 9), key.slice(-4)]);
  node.cache.clear();
  const other = await bed.node();
  expect([await node.verify(key), await other.verify(key)]).toEqual(['first', 'first']);
  expect([node.counts.runs, other.counts.runs]).toEqual([1, 0]);
});

test('K13: keys stored as SHA-256 in any writing work without a prefix and are upgraded too', async () => {
  const forms = ['hex', 'base64', 'base64url'] as const;
  const keys = forms.map(() => foreignKey());
  const digest = (at: number) => createHash('sha256').update(keys[at] as string);
  await bed.imported(forms.map((form, i) => ({ ...said, name: `s${i}`, hash: digest(i).digest(form) })));
  expect((await stored('s0'))[0]?.key_hash).toMatch(/^sha256\.[\w-]{43}$/);
  const node = await bed.node();
  for (const [i, key] of keys.entries()) {
    expect(await node.verify(key)).toBe(`s${i}`);
    const [row] = await stored(`s${i}`);
    expect(row).toMatchObject({ prefix: key.slice(0, 9), last_four: key.slice(-4) });
    expect(row?.key_hash).toMatch(/^hmac-sha256\./);
  }
  expect(node.counts.runs).toBe(0);
});

test('K13: imported keys may have the very form of our own', async () => {
  const pattern = { pattern: 'sk-meterr_live_[A-Za-z0-9]{32}', prefixLength: 19 };
  const keys = [1, 2].map(() => `sk-meterr_live_${randomBytes(16).toString('hex')}`);
  const [byBcrypt, bySha] = keys as [string, string];
  const line = await bcryptLine(byBcrypt, { name: 'form 1', prefix: byBcrypt.slice(0, 19) });
  await bed.imported([line, { ...said, name: 'form 2', hash: sha256(bySha) }], pattern);
  const wanted = newKeySchema.parse({ ...said, name: 'our own' });
  const own = await createKey(bed, wanted, { via: 'cli' });
  const node = await bed.node();
  expect(await node.verify('key' in own ? own.key : '')).toBe('our own');
  expect(node.counts.lookUps).toBe(0);
  expect([await node.verify(byBcrypt), await node.verify(bySha)]).toEqual(['form 1', 'form 2']);
  expect(await node.verify(`sk-meterr_live_${'A'.repeat(32)}`)).toBe('invalid_key');
});

test('K13: changed case, appended characters and NUL are refused, without a look-up where the pattern says so', async () => {
  const key = foreignKey();
  await bed.imported([await bcryptLine(key, { name: 'exact' })]);
  const node = await bed.node();
  const strangers = [
    key.toUpperCase(),
    `${key}a`,
    `${key}\0`,
    key.slice(0, -1),
    ` ${key}`,
    `x${key}`,
    'secret',
  ];
  for (const text of strangers) expect(await node.verify(text)).toBe('invalid_key');
  expect(node.counts).toMatchObject({ lookUps: 0, runs: 0 });
  const last = key.at(-1) === 'a' ? 'b' : 'a';
  expect(await node.verify(key.slice(0, -1) + last)).toBe('invalid_key');
  expect(await node.verify(key)).toBe('exact');
});

test('K13: a flood of 1,000 inventions costs 30 look-ups of an address group, and others are served meanwhile', async () => {
  const key = foreignKey();
  await bed.imported([await bcryptLine(key, { name: 'not flooded' })]);
  const node = await bed.node();
  // All of one /64, all at once.
  const flood = Array.from({ length: 1_000 }, (_, i) =>
    node.verify(foreignKey(), `2001:db8::${i.toString(16)}`),
  );
  const answers = await Promise.all([...flood, node.verify(key, '2001:db8:0:1::1')]);
  expect(answers.pop()).toBe('not flooded');
  expect(answers.filter((code) => code === 'invalid_key')).toHaveLength(30);
  expect(answers.filter((code) => code === 'too_many_attempts')).toHaveLength(970);
  expect(node.counts.lookUps).toBeLessThanOrEqual(30 + 2);
  const refused = await node.answer(foreignKey(), '2001:db8::1');
  expect(refused).toMatchObject({ code: 'too_many_attempts', headers: { 'retry-after': '60' } });
  node.clock.advance(60_000);
  expect(await node.verify(foreignKey(), '2001:db8::1')).toBe('invalid_key');
});

test('K3: guesses with the prefix of a key are 5 bcrypt runs a minute of an address; v4-mapped is the same address', async () => {
  const key = foreignKey();
  await bed.imported([await bcryptLine(key, { name: 'guessed at' })]);
  const node = await bed.node();
  const guess = () => foreignKey(key.slice(0, 9));
  const from = (i: number) => (i % 2 === 0 ? '198.51.100.9' : '::ffff:198.51.100.9');
  const codes: string[] = [];
  for (let i = 0; i < 8; i += 1) codes.push(await node.verify(guess(), from(i)));
  expect(codes).toEqual([...Array(5).fill('invalid_key'), ...Array(3).fill('too_many_attempts')]);
  expect(node.counts.runs).toBe(5);
  expect(await node.verify(key, '198.51.100.10')).toBe('guessed at');
});

test('K3: thirty holders behind one address come at once: all are served, two bcrypt runs at a time', async () => {
  const keys = Array.from({ length: 30 }, () => foreignKey());
  const lines = await Promise.all(keys.map((key) => bcryptLine(key, { name: 'crowd' })));
  await bed.imported(lines);
  const node = await bed.node();
  const answers = await Promise.all(keys.map((key) => node.verify(key)));
  expect(answers).toEqual(keys.map(() => 'crowd'));
  expect(node.counts.runsAtOnce).toBe(2);
});

test('K3: four keys of one prefix are told apart', async () => {
  const prefix = 'acme_same';
  const keys = Array.from({ length: 4 }, () => foreignKey(prefix));
  await bed.imported(await Promise.all(keys.map((key, i) => bcryptLine(key, { name: `same ${i}` }))));
  const node = await bed.node();
  for (const [i, key] of [...keys.entries()].reverse()) expect(await node.verify(key)).toBe(`same ${i}`);
});

test('K3: concurrent first uses on several nodes upgrade once', async () => {
  const key = foreignKey();
  await bed.imported([await bcryptLine(key, { name: 'at once' })]);
  const nodes = await Promise.all([bed.node(), bed.node(), bed.node()]);
  const uses = nodes.flatMap((node) => [node.verify(key), node.verify(key), node.verify(key)]);
  expect(new Set(await Promise.all(uses))).toEqual(new Set(['at once']));
  expect(nodes.map((node) => [node.counts.runs <= 1, node.counts.errors])).toEqual(
    nodes.map(() => [true, []]),
  );
  expect(await stored('at once')).toHaveLength(1);
  expect((await stored('at once'))[0]?.key_hash).toMatch(/^hmac-sha256\./);
});

test('K13: a key that was revoked before its first use stays refused; its hash tells the holder why', async () => {
  const key = foreignKey();
  await bed.imported([await bcryptLine(key, { name: 'revoked' })]);
  await bed.database.pool.query(`UPDATE api_keys SET revoked_at = now() WHERE name = 'revoked'`);
  expect(await (await bed.node()).verify(key)).toBe('revoked_key');
});

test('K13: a new import holds on a running node within seconds, without a message', async () => {
  const node = await bed.node();
  const key = `late-${randomBytes(16).toString('hex')}`;
  expect(await node.verify(key)).toBe('invalid_key');
  await bed.imported([{ ...said, name: 'late', hash: sha256(key) }], {
    ...acme,
    pattern: 'late-[a-f0-9]{32}',
  });
  node.clock.advance(3_001);
  await expect.poll(() => node.verify(key)).toBe('late');
});
