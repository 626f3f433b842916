import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newImportSchema } from './import-keys.ts';
import { readJsonLines } from './json-lines.ts';
import { acme, bcryptLine, foreignKey, importBed, said } from './testing/import-bed.ts';

let bed: Awaited<ReturnType<typeof importBed>>;
beforeAll(async () => {
  bed = await importBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

const line = (more: object = {}) => ({ ...said, hash: randomBytes(32).toString('hex'), ...more });
const someBcrypt = `$2b$10$${'.'.repeat(53)}`;

async function count(table: 'api_keys' | 'key_imports' | 'imported_hashes' | 'audit_logs'): Promise<number> {
  const { rows } = await bed.database.pool.query(
    `SELECT (SELECT count(*) FROM api_keys) AS api_keys, (SELECT count(*) FROM key_imports) AS key_imports,
       (SELECT count(*) FROM imported_hashes) AS imported_hashes,
       (SELECT count(*) FROM audit_logs WHERE action = 'keys.import') AS audit_logs`,
  );
  return Number(rows[0][table]);
}

test.each([
  [{ scopes: ['tokens:fly'] }, '/scopes/0'],
  [{ scopes: [] }, '/scopes'],
  [{ service: 'nothing' }, '/service'],
  [{ service: 'control', scopes: ['keys:read'] }, '/service'],
  [{ owner: 'nobody@example.com' }, '/owner'],
  [{ allowed_ips: ['10.0.0.0/33'] }, '/allowed_ips/0'],
  [{ allowed_origins: ['https://a.example/path'] }, '/allowed_origins/0'],
  [{ environment: 'prod' }, '/environment'],
  [{ name: 'a\u202eb' }, '/name'],
  [{ limits: [{ limit: 0, window_seconds: 1 }] }, '/limits/0/limit'],
  [{ created_at: '2999-01-01T00:00:00Z' }, '/created_at'],
  [{ expires_at: 'tomorrow' }, '/expires_at'],
  [{ hash: 'd41d8cd98f00b204e9800998ecf8427e' }, '/hash'],
  [{ algorithm: 'bcrypt' }, '/hash'],
  [{ hash: someBcrypt }, '/prefix'],
  [{ hash: someBcrypt, prefix: 'acme_' }, '/prefix'],
  [{ hash: someBcrypt, prefix: 'acme_ABCD' }, '/prefix'],
  [{ hash: someBcrypt.replace('10', '15'), prefix: 'acme_abcd' }, '/hash'],
  [{ key: 'acme_secret' }, '/key'],
])('K13: a line with %j is named by its number, and nothing of the import is kept', async (more, pointer) => {
  const before = [await count('api_keys'), await count('key_imports'), await count('audit_logs')];
  const report = await bed.importAll([line(), line(more), line()]);
  expect(report).toMatchObject({ imported: 0, importId: null, wrong: 1, errors: [{ line: 2, pointer }] });
  expect([await count('api_keys'), await count('key_imports'), await count('audit_logs')]).toEqual(before);
});

test('K3: bcrypt hashes of keys that may be longer than 72 bytes are refused with that reason', async () => {
  const long = { pattern: 'acme_[a-z0-9]{68}', prefixLength: 9 };
  const report = await bed.importAll([{ ...line(), hash: someBcrypt, prefix: 'acme_abcd' }], long);
  expect(report).toMatchObject({ errors: [{ line: 1, message: expect.stringContaining('72 bytes') }] });
  expect(await bed.importAll([line()], long)).toMatchObject({ imported: 1 });
});

test('K13: everything that a line says is kept', async () => {
  const all = {
    name: 'all of it',
    owner: 'root@example.com',
    ...{ service: 'control', environment: 'test', scopes: ['keys:read'] },
    ...{ limits: [{ limit: 5, window_seconds: 60 }], allowed_ips: ['10.0.0.0/8'] },
    ...{ allowed_origins: ['https://a.example'], last_four: 'wxyz', prefix: 'acme_abcd' },
    ...{ created_at: '2020-01-02T03:04:05Z', expires_at: '2030-01-02T03:04:05+01:00' },
  };
  const { importId } = await bed.imported([line(all)]);
  const { rows } = await bed.database.pool.query(`SELECT * FROM api_keys WHERE name = 'all of it'`);
  expect(rows[0]).toMatchObject({
    ...{ import_id: importId, checksum_key_id: null, service: 'control', environment: 'test' },
    ...{ scopes: ['keys:read'], limits: [{ limit: 5, windowMs: 60_000 }], allowed_ips: ['10.0.0.0/8'] },
    ...{ allowed_origins: ['https://a.example'], last_four: 'wxyz', prefix: 'acme_abcd' },
    ...{ created_at: new Date('2020-01-02T03:04:05Z'), expires_at: new Date('2030-01-02T02:04:05Z') },
  });
});

test('K13: defaults hold for lines that do not say', async () => {
  const defaults = {
    owner: 'ada@example.com',
    service: 'meterr',
    environment: 'live',
    scopes: ['tokens:write'],
  } as const;
  const minimal = { hash: randomBytes(32).toString('hex'), name: 'minimal' };
  const lines = [minimal, { ...minimal, hash: 'a'.repeat(64), scopes: ['tokens:read'] }];
  await bed.imported(lines, newImportSchema.parse({ ...acme, defaults }));
  const { rows } = await bed.database.pool.query(
    `SELECT scopes FROM api_keys WHERE name = 'minimal' ORDER BY scopes`,
  );
  expect(rows).toEqual([{ scopes: ['tokens:read'] }, { scopes: ['tokens:write'] }]);
});

test('K13: the same file again changes nothing, also when its keys were used, changed or revoked since', async () => {
  const keys = Array.from({ length: 3 }, () => foreignKey());
  const lines = [
    ...(await Promise.all(keys.slice(0, 2).map((key) => bcryptLine(key)))),
    line({
      hash: createHash('sha256')
        .update(keys[2] as string)
        .digest('hex'),
    }),
  ];
  await bed.imported(lines);
  const node = await bed.node();
  for (const key of keys) await node.verify(key);
  await bed.database.pool.query(`UPDATE api_keys SET revoked_at = now() WHERE prefix = $1`, [
    keys[0]?.slice(0, 9),
  ]);
  const before = [await count('api_keys'), await count('audit_logs')];
  expect(await bed.imported(lines)).toMatchObject({ imported: 0, skipped: 3, skippedLines: [1, 2, 3] });
  expect([await count('api_keys'), await count('audit_logs')]).toEqual(before);
  expect(await bed.imported([...lines, line()])).toMatchObject({ imported: 1, skipped: 3 });
  node.cache.clear();
  expect(await node.verify(keys[0] as string)).toBe('revoked_key');
});

test('K13: one hash on two lines is refused, naming both, however far apart', async () => {
  const twice = line();
  const between = Array.from({ length: 600 }, () => line());
  expect(await bed.importAll([line(), twice, ...between, twice])).toMatchObject({
    errors: [{ line: 603, pointer: '/hash', message: expect.stringContaining('line 2') }],
  });
  expect(await bed.importAll([twice, twice])).toMatchObject({ wrong: 1, errors: [{ line: 2 }] });
});

test('K13: more than 4 bcrypt lines of a prefix are refused, also counting those stored already', async () => {
  const same = () => bcryptLine(foreignKey('acme_five'));
  const five = await Promise.all([same(), same(), same(), same(), same()]);
  expect(await bed.importAll(five)).toMatchObject({
    errors: [{ line: 5, pointer: '/prefix', message: expect.stringContaining('more than 4') }],
  });
  await bed.imported(five.slice(0, 3));
  expect(await bed.importAll(five)).toMatchObject({ wrong: 1, skipped: 3, errors: [{ line: 5 }] });
  expect(await bed.importAll(five.slice(0, 4))).toMatchObject({ imported: 1, skipped: 3 });
});

test('K13: a dry run finds the same errors and keeps nothing', async () => {
  const before = [await count('api_keys'), await count('key_imports')];
  const wanted = { pattern: 'dry_[a-z0-9]{32}', prefixLength: 4, isDryRun: true };
  expect(await bed.importAll([line(), line()], wanted)).toMatchObject({ imported: 2, importId: null });
  expect(await bed.importAll([line(), line({ scopes: ['x'] })], wanted)).toMatchObject({ wrong: 1 });
  expect([await count('api_keys'), await count('key_imports')]).toEqual(before);
});

test.each([
  [{ pattern: 'acme_.*', prefixLength: 9 }, '/pattern'],
  [{ pattern: 'acme_[0-9]{12}', prefixLength: 5 }, '/prefix_length'],
  [{ pattern: 'acme_[a-z0-9]{32}', prefixLength: 30 }, '/prefix_length'],
  [{ pattern: 'acme_[a-f0-9]{32}', prefixLength: 8 }, '/prefix_length'],
])('K13: %j is refused before a line is read', async (wanted, pointer) => {
  await bed.imported([line()]);
  const refused = await bed.importAll([], wanted);
  expect(refused).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
});

test('K13: one audit entry says what was imported; an import of control keys by an admin is refused', async () => {
  const before = await count('audit_logs');
  await bed.imported([line(), line()]);
  const { rows } = await bed.database.pool.query(
    `SELECT after FROM audit_logs WHERE action = 'keys.import' ORDER BY created_at DESC, id DESC LIMIT 1`,
  );
  expect(rows[0].after).toMatchObject({ pattern: acme.pattern, imported: 2, skipped: 0 });
  expect(await count('audit_logs')).toBe(before + 1);
  const control = line({ service: 'control', scopes: ['keys:read'], owner: 'root@example.com' });
  const byAdmin = await bed.importAll([control], acme, { via: 'api', role: 'admin' });
  expect(byAdmin).toMatchObject({ errors: [{ pointer: '/service' }] });
  expect(await bed.importAll([control], acme, { via: 'api', role: 'super_admin' })).toMatchObject({
    imported: 1,
  });
});

test('K13: lines are read as they arrive, whatever the pieces; what is no JSON is named by its line', async () => {
  const text = '{"a":1}\n\r\n{"a":1,"a":2}\n  {"b":"ü"}\n["x"\n';
  for (const size of [1, 2, 3, 7, 100]) {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const read = await Array.fromAsync(readJsonLines(chunks));
    expect(read.map((one) => one.line)).toEqual([1, 3, 4, 5]);
    expect(read.map((one) => ('value' in one ? one.value : 'defect'))).toEqual([
      { a: 1 },
      'defect',
      { b: 'ü' },
      'defect',
    ]);
  }
  const endless = Array.from({ length: 100 }, () => Buffer.alloc(10_000, 'a'));
  expect(await Array.fromAsync(readJsonLines(endless))).toEqual([
    { line: 1, defect: expect.stringContaining('65536') },
  ]);
});
