import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { verifyWebhook } from '@keyward/client';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { type ProductUnderTest, productUnderTest } from './product-under-test.ts';

const timeoutMs = 240_000;
const soon = { timeout: 120_000, interval: 200 };
const events = ['metadata.created', 'metadata.updated', 'collection.published'];

interface Message {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('webhooks', { timeout: timeoutMs }, () => {
  const messages: Message[] = [];
  let status = 204;
  let url: string;
  let database: Awaited<ReturnType<typeof createOwnDatabase>>;
  let product: ProductUnderTest;
  const receiver = createServer(async (request, response) => {
    const body = await text(request);
    if (status < 300) messages.push({ headers: request.headers, body });
    response.writeHead(status).end();
  });
  const send = (method: string, path: string, body?: unknown) =>
    product.send(product.metadata, method, path, body);
  const made = async <Fields>(method: string, path: string, body?: unknown) =>
    (await (await send(method, path, body)).json()) as Fields;

  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    database = await createOwnDatabase(inject('postgresUrl'));
    const environment = { DATABASE_URL: database.url, WEBHOOK_PRIVATE_ADDRESSES: 'allow' };
    product = await productUnderTest(await (await Keyward.create({ environment })).start());
  }, timeoutMs);
  afterAll(async () => {
    await product.keyward[Symbol.asyncDispose]();
    await database.drop();
    receiver.close();
  });

  test('N7, X4: changes arrive signed, in order, also over kill -9 and a receiver that was down; no secret is left anywhere', async () => {
    const { id, secret } = await made<{ id: string; secret: string }>('POST', '/api/webhooks', {
      url,
      events,
    });
    status = 503;
    const document = await made<{ id: string }>('POST', '/api/metadata?collection=Hooked&token_id=1', {
      name: 'a',
    });
    for (const name of ['b', 'c', 'd']) await send('PUT', `/api/metadata/${document.id}`, { name });
    await product.keyward.kill9();
    let output = product.keyward.output;
    // Before it is up again: what fails once more waits twice as long.
    status = 204;
    await product.keyward.start();
    await send('POST', '/api/collections/Hooked/publish');
    // Some may come twice, so that their number says nothing.
    const verify = () =>
      Promise.all(messages.map(({ headers, body }) => verifyWebhook(secret, headers, body)));
    await vi.waitFor(async () => {
      const events = (await verify()).map(({ event }) => event);
      expect(events.map(({ type }) => type)).toContain('collection.published');
      expect(events.map(({ data }) => data.version)).toContain(4);
    }, soon);
    const verified = await verify();
    const versions = verified
      .filter(({ event }) => event.data.id === document.id)
      .map(({ event }) => event.data.version);
    expect([...new Set(versions)]).toEqual([1, 2, 3, 4]);
    expect(versions).toEqual(versions.toSorted((a, b) => Number(a) - Number(b)));
    expect(verified.map(({ event }) => event.type)).toContain('collection.published');

    const { secret: fresh } = await made<{ secret: string }>('POST', `/api/webhooks/${id}/secret`, {});
    await send('POST', `/api/webhooks/${id}/test`);
    const tried = () => messages.find((message) => message.body.includes('webhook.test'));
    await vi.waitFor(() => expect(tried()).toBeDefined(), soon);
    const { headers, body } = tried() as Message;
    for (const either of [secret, fresh]) await verifyWebhook(either, headers, body);

    const shown = await Promise.all(
      ['', `/${id}`, `/${id}/deliveries`].map(async (path) =>
        (await send('GET', `/api/webhooks${path}`)).text(),
      ),
    );
    output += product.keyward.output;
    const rows = await everyRow(database.url);
    for (const hidden of [secret, fresh])
      expect([...shown, output, rows].join()).not.toContain(hidden.slice(6, 40));
  });

  test('R3: a stranger’s key sees no webhook; without the scope nobody makes one', async () => {
    const { id } = await made<{ id: string }>('POST', '/api/webhooks', { url, events });
    const { stranger } = product;
    expect((await product.send(stranger, 'GET', `/api/webhooks/${id}`)).status).toBe(404);
    expect((await product.send(stranger, 'DELETE', `/api/webhooks/${id}`)).status).toBe(404);
    expect((await product.send(product.meterr, 'POST', '/api/webhooks', { url, events })).status).toBe(403);
    expect((await send('POST', '/api/webhooks', { url: 'ftp://x', events })).status).toBe(422);
    expect((await send('POST', '/api/webhooks', { url, events: ['everything'] })).status).toBe(422);
    expect((await send('DELETE', `/api/webhooks/${id}`)).status).toBe(204);
  });
});

/** Every row of every table, as text. */
async function everyRow(databaseUrl: string): Promise<string> {
  const tables = await query<{ name: string }>(
    databaseUrl,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const rows: string[] = [];
  for (const { name } of tables)
    rows.push(
      ...(await query<{ row: string }>(databaseUrl, `SELECT t::text AS row FROM ${name} t`)).map(
        ({ row }) => row,
      ),
    );
  return rows.join('\n');
}
