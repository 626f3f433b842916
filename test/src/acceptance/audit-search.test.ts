import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';

let database: Awaited<ReturnType<typeof createOwnDatabase>>;
let keyward: Keyward;
let operator: IssuedKey;
let metadata: IssuedKey;

beforeAll(async () => {
  database = await createOwnDatabase(inject('postgresUrl'));
  keyward = await (await Keyward.create({ environment: { DATABASE_URL: database.url } })).start();
  await createPerson(keyward, 'ada', 'admin');
  operator = await issueKey(keyward, 'ada', { service: 'control' });
  metadata = await issueKey(keyward, 'ada');
});
afterAll(async () => {
  await keyward[Symbol.asyncDispose]();
  await database.drop();
});

type Row = Record<string, unknown>;
interface Page {
  readonly data: Row[];
  readonly next_cursor: string | null;
}

const send = (key: IssuedKey, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  keyward.fetch(path, { headers: { authorization: `Bearer ${key.key}`, ...headers } });

async function searchPage(parameters: Record<string, string>): Promise<Page> {
  const answer = await send(operator, `/v1/control/audit?${new URLSearchParams(parameters)}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Page;
}

/** All that is found: a page that took too long ends early, and each of our own questions is a row as well. */
async function search(parameters: Record<string, string>): Promise<Page> {
  const data: Row[] = [];
  let page: Page = await searchPage({ limit: '1000', ...parameters });
  data.push(...page.data);
  while (page.next_cursor !== null) {
    page = await searchPage({ limit: '1000', ...parameters, cursor: page.next_cursor });
    data.push(...page.data);
  }
  return { ...page, data };
}

test('A6: an operator finds a request by each thing that is known of it', async () => {
  const headers = { 'x-request-id': 'mine-42', 'user-agent': 'finder/7' };
  const answer = await send(metadata, '/api/metadata/needle', headers);
  expect(answer.status).toBe(404);
  const request = answer.headers.get('x-request-id') ?? '';
  await expect.poll(async () => (await search({ request })).data.length, { timeout: 20_000 }).toBe(1);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const known: Record<string, string>[] = [
    { key_id: metadata.id },
    { ip: '127.0.0.1' },
    { ip: '127.0.0.0/8' },
    { ip_group: '127.0.0.1' },
    { status: '404' },
    { status: '4xx' },
    { path: '/api/metadata/n' },
    { error: 'not_' },
    { method: 'get' },
    { service: 'metadata' },
    { action: 'metadata.read' },
    { client_request: 'mine-42' },
    { contains: 'eedl', since },
    { contains: 'finder/', since },
    { since },
  ];
  for (const filter of known) {
    const { data } = await search(filter);
    expect(data.map((row) => row.request_id)).toContain(request);
  }
  const all = Object.assign({}, ...known, { ip: '127.0.0.1', status: '404', contains: 'eedl' });
  const { data, next_cursor } = await search(all);
  expect(data).toMatchObject([{ request_id: request, api_key: metadata.id, client_request_id: 'mine-42' }]);
  expect(next_cursor).toBeNull();
  expect(await search({ ...all, method: 'PUT' })).toEqual({
    data: [],
    next_cursor: null,
    archived_before: null,
  });
});

test('A6: a text that may stand anywhere is looked for within 31 days, and the refusal says so', async () => {
  const long = '2026-01-01T00:00:00Z';
  for (const time of ['', `&since=${long}`, `&since=${long}&until=2026-03-01T00:00:00Z`]) {
    const answer = await send(operator, `/v1/control/audit?contains=x${time}`);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: 'query/contains', message: expect.stringContaining('31 days') }],
    });
  }
  await search({ contains: 'x', since: long, until: '2026-02-01T00:00:00Z' });
  const failure = await keyward.run('audit', 'search', '--contains', 'x').catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining('31 days') });
});

test('A6: the pages of a list join', async () => {
  for (let i = 0; i < 5; i++) await send(metadata, `/api/metadata/page-${i}`);
  const filter = { path: '/api/metadata/page-' };
  await expect.poll(async () => (await search(filter)).data.length, { timeout: 20_000 }).toBe(5);
  const found: unknown[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await searchPage({ ...filter, limit: '2', ...(cursor && { cursor }) });
    found.push(...page.data.map((row) => row.path));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(found).toEqual([4, 3, 2, 1, 0].map((i) => `/api/metadata/page-${i}`));
});

test('A6: the command line finds by the same fields as the API', async () => {
  const { data } = await keyward.cli<Page>(
    'audit',
    'search',
    '--client-request',
    'mine-42',
    '--ip-group',
    '127.0.0.1',
  );
  expect(data).toMatchObject([{ path: '/api/metadata/needle' }]);
});

test('R3, R1: the log is for admins with the scope alone, be it searched or exported', async () => {
  const reader = await issueKey(keyward, 'ada', { service: 'control', scopes: ['keys:read'] });
  for (const path of ['/v1/control/audit', '/v1/control/audit/export']) {
    for (const key of [reader, metadata]) expect((await send(key, path)).status).toBe(403);
    expect((await keyward.fetch(path)).status).toBe(401);
  }
  await createPerson(keyward, 'mallory', 'admin');
  const demoted = await issueKey(keyward, 'mallory', { service: 'control', scopes: ['audit:read'] });
  expect((await send(demoted, '/v1/control/audit')).status).toBe(200);
  await query(database.url, "UPDATE users SET role = 'user' WHERE email = 'mallory@example.com'");
  await expect
    .poll(async () => (await send(demoted, '/v1/control/audit/export')).status, { timeout: 20_000 })
    .toBe(403);
});

test('A6: an export is streamed in both forms, and no cell of it is a formula', async () => {
  const headers = { 'user-agent': '=HYPERLINK("http://example.com")' };
  const asked = await send(metadata, '/api/metadata/sheet', headers);
  const request = asked.headers.get('x-request-id') ?? '';
  await expect.poll(async () => (await search({ request })).data.length, { timeout: 20_000 }).toBe(1);
  const lines = await send(operator, `/v1/control/audit/export?request=${request}`);
  expect(lines.headers.get('content-type')).toContain('application/jsonl');
  expect(lines.headers.get('cache-control')).toBe('no-store');
  expect(JSON.parse(await lines.text())).toEqual((await search({ request })).data[0]);
  const csv = await send(operator, `/v1/control/audit/export?format=csv&request=${request}`);
  expect(csv.headers.get('content-type')).toContain('text/csv');
  const [head = '', row = ''] = (await csv.text()).split('\r\n');
  expect(head.split(',').slice(0, 4)).toEqual(['id', 'created_at', 'user_id', 'api_key']);
  expect(row).toContain(`"'=HYPERLINK(""http://example.com"")"`);
  const { stdout } = await keyward.run('audit', 'export', '--format', 'csv', '--request', request);
  expect(stdout).toBe(`${head}\r\n${row}\r\n`);
});

test('A1: an export is itself in the log', async () => {
  const answer = await send(operator, '/v1/control/audit/export?request=none');
  expect(await answer.text()).toBe('');
  const request = answer.headers.get('x-request-id') ?? '';
  await expect
    .poll(async () => (await search({ request })).data, { timeout: 20_000 })
    .toMatchObject([{ action: 'audit.export', api_key: operator.id, status: 200 }]);
});
