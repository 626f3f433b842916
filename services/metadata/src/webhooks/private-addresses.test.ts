import { afterAll, beforeAll, expect, test } from 'vitest';
import { endpointUrlRefusal } from './endpoint-url.ts';
import { openWebhookBed, type WebhookBed } from './testing/webhook-bed.ts';
import { giveSecret } from './webhook-secrets.ts';

let bed: WebhookBed;
beforeAll(async () => {
  bed = await openWebhookBed(false);
});
afterAll(() => bed[Symbol.asyncDispose]());

test.each([
  'http://example.com/',
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://[::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://10.0.0.1/',
  'https://192.168.0.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://localhost/',
  'https://localhost./',
  'https://a.localhost/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://intranet/',
  'https://user:password@example.com/',
  'https://example.com/#x',
  'ftp://example.com/',
  'file:///etc/passwd',
  'nothing',
])('N7: %s cannot be asked for', (url) => {
  expect(endpointUrlRefusal(url, false)).toMatchObject({ code: 'invalid_request' });
});

test('N7: a public address by https can, and an intranet where the operator allows it', () => {
  expect(endpointUrlRefusal('https://hooks.example.com/a?b=c', false)).toBeUndefined();
  expect(endpointUrlRefusal('https://93.184.215.14/', false)).toBeUndefined();
  expect(endpointUrlRefusal('http://127.0.0.1:8080/', true)).toBeUndefined();
});

test('N7: a name or address that leads inside is not called, however it came into the row', async () => {
  const { port } = new URL(bed.receiver.url);
  const hosts = ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'];
  for (const host of hosts) {
    await bed.database.pool.query(
      `INSERT INTO webhook_endpoints (id, user_id, environment, url, description, events, created_at, updated_at)
       VALUES ($1, $2, 'live', $3, '', '{metadata.created}', now(), now())`,
      [host, bed.userId, `http://${host}:${port}/`],
    );
    await bed.database.orm.transaction((tx) => giveSecret(bed.deps, tx, host, 0));
  }
  await bed.document('a');
  await bed.pass();
  expect(bed.receiver.received).toEqual([]);
  const { rows } = await bed.database.pool.query(
    'SELECT last_error FROM webhook_deliveries ORDER BY last_error',
  );
  expect(rows.map(({ last_error }) => last_error as string)).toEqual([
    'the address is not public',
    'the address is not public',
    'the name has no public address',
  ]);
});
