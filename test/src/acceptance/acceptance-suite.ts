import { type ErrorCode, errorCodes } from '@keyward/guard';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { headersOfEveryAnswer } from './headers.ts';
import { objectsOf, operationsOf, snapshot, tryEverything } from './ownership.ts';
import { Visitor } from './visitor.ts';

/** What holds however the product is run: with everything embedded, or on a PostgreSQL and a Redis of its own. */
export function describeProduct(
  kind: string,
  open: () => Promise<{ keyward: Keyward; close: () => Promise<void> }>,
): void {
  describe(kind, () => {
    let keyward: Keyward;
    let close: () => Promise<void>;
    let metadata: IssuedKey;
    let meterr: IssuedKey;
    let stranger: IssuedKey;

    beforeAll(async () => {
      ({ keyward, close } = await open());
      await createPerson(keyward, 'ada', 'super_admin');
      await createPerson(keyward, 'bob');
      metadata = await issueKey(keyward, 'ada', { service: 'metadata' });
      meterr = await issueKey(keyward, 'ada', { service: 'meterr' });
      stranger = await issueKey(keyward, 'bob', { service: 'metadata' });
    });
    afterAll(() => close());

    const send = (
      key: IssuedKey | undefined,
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ) =>
      keyward.fetch(path, {
        method,
        headers: {
          ...(key && { authorization: `Bearer ${key.key}` }),
          ...(body !== undefined && !(body instanceof FormData) && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body),
        }),
      });
    test('O2: it says that it is healthy and ready, and nobody needs a key for that', async () => {
      expect(await (await keyward.fetch('/healthz')).json()).toEqual({ status: 'ok' });
      expect(await (await keyward.fetch('/readyz')).json()).toMatchObject({
        status: 'ready',
        checks: { database: 'ok' },
      });
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
      const uploaded = await send(metadata, 'POST', '/api/media', form);
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
      for (const content of [
        '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        'GIF89a/*',
        'MZ',
      ]) {
        const form = new FormData();
        form.set('file', new Blob([content], { type: 'image/png' }), 'x.png');
        const refused = await send(metadata, 'POST', '/api/media', form);
        expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
          415,
          'invalid_file_type',
        ]);
      }
      expect(await (await send(metadata, 'GET', '/api/media')).json()).toEqual(before);
    });

    test('T1, T2: a text is counted exactly and priced to the last decimal, and is not kept', async () => {
      const text = 'The quick brown fox jumps over the lazy dog.';
      const counted = await send(meterr, 'POST', '/v1/tokens', { text, model: 'gpt-4' });
      expect(counted.status).toBe(201);
      const body = (await counted.json()) as Record<string, unknown>;
      expect(body).toMatchObject({ model: 'gpt-4', encoding: 'cl100k_base', count: 10, cost: '0.000300' });
      expect(await (await send(meterr, 'GET', `/v1/tokens/${body.id}`)).json()).toMatchObject({
        id: body.id,
        count: 10,
      });
      const long = await send(meterr, 'POST', '/v1/tokens', { text: 'a'.repeat(100_001), model: 'gpt-4' });
      expect(long.status).toBe(422);
      expect(JSON.stringify(await long.json())).toContain('Text too long');
      const worst = await send(meterr, 'POST', '/v1/tokens', { text: 'a'.repeat(100_000), model: 'gpt-4' });
      expect(await worst.json()).toMatchObject({ count: 12_500 });
    });

    test('T3: a batch of usage is counted once however often it is sent, and summed by day and model', async () => {
      const event = (event_id: string, model: string, day: number) => ({
        event_id,
        provider: 'openai',
        model,
        timestamp: new Date(Date.UTC(2026, 2, day, 12)).toISOString(),
        input_tokens: 1_000,
        output_tokens: 500,
      });
      const events = [event('a', 'gpt-4', 1), event('b', 'gpt-4', 1), event('c', 'gpt-4o', 2)];
      for (let round = 0; round < 3; round += 1)
        expect((await send(meterr, 'POST', '/v1/usage/batch', { events })).ok).toBe(true);
      const single = await send(meterr, 'POST', '/v1/usage', event('d', 'gpt-4o', 2));
      expect(await single.json()).toMatchObject({ event_id: 'd', priced: 'exact', cost: '0.007500' });
      const conflict = await send(meterr, 'POST', '/v1/usage', {
        ...event('d', 'gpt-4o', 2),
        input_tokens: 2,
      });
      expect([conflict.status, ((await conflict.json()) as { code: string }).code]).toEqual([
        409,
        'event_conflict',
      ]);
      const summary = await send(
        meterr,
        'GET',
        '/v1/usage/summary?start_date=2026-03-01&end_date=2026-03-31',
      );
      expect(await summary.json()).toMatchObject({
        total_tokens: 6_000,
        total_cost: '0.135000',
        data: [
          {
            date: '2026-03-01',
            tokens: 3_000,
            cost: '0.120000',
            by_model: { 'gpt-4': { tokens: 3_000, cost: '0.120000' } },
          },
          {
            date: '2026-03-02',
            tokens: 3_000,
            cost: '0.015000',
            by_model: { 'gpt-4o': { tokens: 3_000, cost: '0.015000' } },
          },
        ],
      });
    });

    test('K5: live and test keys of one owner see separate data', async () => {
      const testKey = await issueKey(keyward, 'ada', { environment: 'test' });
      const { id } = (await (await send(metadata, 'POST', '/api/metadata', { name: 'Live' })).json()) as {
        id: string;
      };
      expect((await send(testKey, 'GET', `/api/metadata/${id}`)).status).toBe(404);
      expect(await (await send(testKey, 'GET', '/api/metadata')).json()).toMatchObject({ data: [] });
    });

    test('A1: every answer is one row of the audit log, refused ones too, with who, what and why', async () => {
      const limited = await issueKey(keyward, 'bob', { limit: '1/1h', scopes: ['metadata:read'] });
      await send(limited, 'GET', '/api/metadata');
      const invented: IssuedKey = { id: '', key: `sk-metadata_live_${'x'.repeat(32)}` };
      const cases: { code: ErrorCode | null; sent: () => Promise<Response>; by: string | null }[] = [
        { code: null, sent: () => send(metadata, 'GET', '/api/metadata'), by: metadata.id },
        { code: 'missing_credentials', sent: () => send(undefined, 'GET', '/api/metadata'), by: null },
        { code: 'invalid_key', sent: () => send(invented, 'GET', '/api/metadata'), by: null },
        {
          code: 'missing_scope',
          sent: () => send(limited, 'POST', '/api/metadata', { name: 'x' }),
          by: limited.id,
        },
        {
          code: 'not_found',
          sent: () => send(metadata, 'GET', '/api/metadata/no-such-document'),
          by: metadata.id,
        },
        { code: 'method_not_allowed', sent: () => send(metadata, 'DELETE', '/api/metadata'), by: null },
        {
          code: 'conflict',
          sent: () => send(metadata, 'POST', '/api/metadata?collection=embers&token_id=1', { name: 'x' }),
          by: metadata.id,
        },
        {
          code: 'body_too_large',
          sent: () => send(metadata, 'POST', '/api/metadata', { name: 'x'.repeat(1024 * 1024) }),
          by: metadata.id,
        },
        {
          code: 'unsupported_media_type',
          sent: () => send(metadata, 'POST', '/api/metadata', 'x', { 'content-type': 'text/plain' }),
          by: metadata.id,
        },
        {
          code: 'malformed_json',
          sent: () => send(metadata, 'POST', '/api/metadata', '{"name":'),
          by: metadata.id,
        },
        {
          code: 'invalid_request',
          sent: () => send(metadata, 'GET', '/api/metadata?limit=0'),
          by: metadata.id,
        },
        { code: 'rate_limited', sent: () => send(limited, 'GET', '/api/metadata'), by: limited.id },
      ];
      const expected: Record<string, unknown>[] = [];
      for (const { code, sent, by } of cases) {
        const answer = await sent();
        const requestId = answer.headers.get('x-request-id');
        expect(answer.status, code ?? 'good').toBe(code === null ? 200 : errorCodes[code].status);
        for (const [name, value] of headersOfEveryAnswer)
          expect(answer.headers.get(name), `${code} ${name}`).toBe(value);
        if (code !== null) {
          expect(answer.headers.get('content-type')).toBe('application/problem+json');
          expect(await answer.json()).toMatchObject({ code, status: answer.status, request_id: requestId });
        }
        expected.unshift({
          request_id: requestId,
          status: answer.status,
          error_code: code,
          api_key: by,
          repeats: 1,
        });
      }
      const { data } = await keyward.cli<{ data: unknown[] }>(
        'audit',
        'search',
        '--limit',
        `${cases.length}`,
      );
      expect(data).toMatchObject(expected);
    });

    test('L2: Retry-After is true: after it the call passes', async () => {
      const limited = await issueKey(keyward, 'bob', { limit: '2/3s' });
      const statuses = [];
      for (let round = 0; round < 3; round += 1) statuses.push(await send(limited, 'GET', '/api/metadata'));
      expect(statuses.map((answer) => answer.status)).toEqual([200, 200, 429]);
      const seconds = Number(statuses[2]?.headers.get('retry-after'));
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(3);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      expect((await send(limited, 'GET', '/api/metadata')).status).toBe(200);
    });

    test('R3: what another owner has is 404 on every route that takes an id, and stays as it was', async () => {
      const owner = new Visitor(keyward, [metadata, meterr]);
      const other = new Visitor(keyward, [stranger, await issueKey(keyward, 'bob', { service: 'meterr' })]);
      await owner.send('POST', '/v1/usage', { provider: 'openai', model: 'gpt-4', input_tokens: 1 });
      const operations = await operationsOf(keyward);
      const objects = await objectsOf(owner, operations);
      // An owner without objects would prove nothing.
      expect(objects.length).toBeGreaterThanOrEqual(5);
      const before = await snapshot(owner, operations, objects);
      const reached = await tryEverything(other, operations, objects);
      expect(reached.tried).toBeGreaterThanOrEqual(30);
      expect(reached.other).toEqual([]);
      expect(await snapshot(owner, operations, objects)).toEqual(before);
    });

    test('K7, K10: a revoked key is refused from then on', async () => {
      const doomed = await issueKey(keyward, 'bob');
      expect((await send(doomed, 'GET', '/api/metadata')).status).toBe(200);
      await keyward.cli('keys', 'revoke', doomed.id);
      await expect
        .poll(async () => (await send(doomed, 'GET', '/api/metadata')).status, {
          timeout: 5_000,
          interval: 20,
        })
        .toBe(401);
    });

    test('K11: a key’s holder learns what it may do, without spending it', async () => {
      const limited = await issueKey(keyward, 'bob', { limit: '5/1h', scopes: ['metadata:read'] });
      await send(limited, 'GET', '/api/metadata');
      for (let round = 0; round < 10; round += 1) {
        const verified = await send(limited, 'GET', '/v1/auth/verify');
        expect(await verified.json()).toMatchObject({
          valid: true,
          key: { id: limited.id, scopes: ['metadata:read'] },
          rate_limit: { limit: 5, remaining: 4 },
        });
      }
    });

    test('X5: the API describes itself, and every operation of it is reachable', async () => {
      const openApi = await keyward.fetch('/openapi.json');
      expect(openApi.headers.get('access-control-allow-origin')).toBe('*');
      const page = await keyward.fetch('/docs');
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
      const text = await page.text();
      expect(text).not.toMatch(/<script|https?:\/\/(?!json-schema)/);
      for (const { path } of await operationsOf(keyward)) expect(text).toContain(path);
    });

    test('A1: nothing that was printed or logged holds a key', async () => {
      const { data } = await keyward.cli<{ data: unknown[] }>('audit', 'search', '--limit', '10000');
      const everything = JSON.stringify(data) + keyward.output;
      for (const { key } of [metadata, meterr, stranger]) expect(everything).not.toContain(key.slice(-20));
    });
  });
}
