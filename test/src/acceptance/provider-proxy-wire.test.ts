import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, createGzip, constants as zlib } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { query } from '../product/own-database.ts';
import { type ProxyBed, providerKey, proxyBed } from '../providers/proxy-bed.ts';
import { chatCompletion, chatEvents, chatUsage, stream } from '../providers/published-answers.ts';

const timeoutMs = 240_000;
const openai = '/v1/proxy/openai/v1';
const chat = `${openai}/chat/completions`;
const secretPrompt = 'prompt-that-nobody-keeps-7f3a';
const secretAnswer = 'answer-that-nobody-keeps-9c1d';
const call = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: secretPrompt }] };

const responseEvent = (type: string, response: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, response: { model: 'gpt-4o-2024-08-06', ...response } })}\n\n`;
const responseUsage = { input_tokens: 11, output_tokens: 5, output_tokens_details: { reasoning_tokens: 2 } };

describe('the provider proxy, on the wire', { timeout: timeoutMs }, () => {
  let bed: ProxyBed;
  let node: Keyward;
  beforeAll(async () => {
    bed = await proxyBed();
    node = bed.nodes[0] as Keyward;
  }, timeoutMs);
  afterAll(() => bed?.[Symbol.asyncDispose](), timeoutMs);

  const idOf = (answer: Response) => answer.headers.get('x-request-id') ?? '';
  const get = (path: string, init: RequestInit = {}) =>
    node.fetch(path, { redirect: 'manual', ...init, headers: { ...bed.authorization, ...init.headers } });

  /** A request as bytes, so that it can be broken off. */
  function raw(path: string, headers: Record<string, string>): ReturnType<typeof httpRequest> {
    const { hostname, port } = new URL(node.url);
    return httpRequest({
      ...{ hostname, port, path, method: 'POST', agent: new Agent() },
      headers: { ...bed.authorization, ...headers },
    });
  }

  test('T6: calls of tools pass while they stream, and are counted by their words without usage', async () => {
    const part = (delta: object) =>
      `data: ${JSON.stringify({ model: 'gpt-4o-mini', choices: [{ index: 0, delta }] })}\n\n`;
    const events = [
      part({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] }),
      part({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
      part({ tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] }),
    ];
    bed.provider.answerWith(stream(events));
    const answer = await bed.post(chat, { ...call, stream: true });
    // Without [DONE] as well.
    expect(await answer.text()).toBe(events.join(''));
    const [booked] = await bed.booked(idOf(answer));
    expect(booked).toMatchObject({ priced: 'estimated', metadata: { counted_by: 'estimate' } });
    expect(booked?.output_tokens).toBeGreaterThan(2);
  });

  test('T6: of usage on every chunk the last one counts', async () => {
    const events = [3, 5, 9].map(
      (completion_tokens) =>
        `data: ${JSON.stringify({ model: 'gpt-4o-mini', choices: [{ index: 0, delta: { content: 'a' } }], usage: { prompt_tokens: 4, completion_tokens } })}\n\n`,
    );
    bed.provider.answerWith(stream(events));
    const answer = await bed.post(chat, { ...call, stream: true });
    expect(await answer.text()).toBe(events.join(''));
    expect(await bed.booked(idOf(answer))).toMatchObject([{ input_tokens: 4, output_tokens: 9 }]);
  });

  test.each(['completed', 'incomplete', 'failed'])(
    'T6: Responses that are %s carry their usage',
    async (state) => {
      const events = [
        responseEvent('response.created', {}),
        `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hi"}\n\n`,
        responseEvent(`response.${state}`, { status: state, usage: responseUsage }),
      ];
      bed.provider.answerWith(stream(events));
      const answer = await bed.post(`${openai}/responses`, { model: 'gpt-4o', input: 'Hi', stream: true });
      expect(await answer.text()).toBe(events.join(''));
      expect(await bed.booked(idOf(answer))).toMatchObject([
        { model: 'gpt-4o-2024-08-06', input_tokens: 11, output_tokens: 3, reasoning_tokens: 2 },
      ]);
    },
  );

  test('T6: embeddings are counted, and the body is passed on as it came', async () => {
    const answered = {
      object: 'list',
      data: [],
      model: 'text-embedding-3-small',
      usage: { prompt_tokens: 8, total_tokens: 8 },
    };
    bed.provider.answerWith({
      headers: { 'content-type': 'application/json' },
      pieces: [JSON.stringify(answered)],
    });
    const answer = await bed.post(`${openai}/embeddings`, { model: 'text-embedding-3-small', input: ['a'] });
    expect(await answer.json()).toEqual(answered);
    expect(await bed.booked(idOf(answer))).toMatchObject([
      { input_tokens: 8, output_tokens: 0, priced: 'exact' },
    ]);
  });

  test('T6: compressed streams pass as they are, piece by piece, and are counted', async () => {
    const text = chatEvents(['Ünï', 'cödé 🌍'], true).join('');
    const gzip = createGzip({ flush: zlib.Z_SYNC_FLUSH });
    const pieces: Buffer[] = [];
    gzip.on('data', (piece: Buffer) => pieces.push(piece));
    for (const event of text.split(/(?<=\n\n)/)) gzip.write(event);
    gzip.end();
    await once(gzip, 'end');
    for (const [encoding, packed] of [
      ['gzip', pieces],
      ['br', [brotliCompressSync(text)]],
    ] as const) {
      const headers = { 'content-type': 'text/event-stream', 'content-encoding': encoding };
      bed.provider.answerWith({ headers, pieces: packed });
      const body = { ...call, stream: true, stream_options: { include_usage: true } };
      const answer = await bed.post(chat, body, { headers: { 'accept-encoding': encoding } });
      expect(answer.headers.get('content-encoding')).toBe(encoding);
      expect(await answer.text()).toBe(text);
      expect(await bed.booked(idOf(answer))).toMatchObject([{ output_tokens: 7, priced: 'exact' }]);
    }
  });

  test('T6: an error with status 200 costs nothing; an answer of nothing costs its input', async () => {
    bed.provider.answerWith(stream(['data: {"error":{"message":"overloaded"}}\n\n']));
    const failed = await bed.post(chat, { ...call, stream: true });
    await failed.text();
    expect(await bed.booked(idOf(failed))).toEqual([]);
    bed.provider.answerWith(stream([]));
    const empty = await bed.post(chat, { ...call, stream: true });
    await empty.text();
    expect(await bed.booked(idOf(empty))).toMatchObject([{ output_tokens: 0, priced: 'estimated' }]);
  });

  test('T6: what is not JSON streams through unread, before its end has been sent', async () => {
    const arrived = Promise.withResolvers<Buffer>();
    bed.provider.handleWith((request, response) => {
      request.once('data', (first: Buffer) => arrived.resolve(first));
      request.once('end', () =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"a"}'),
      );
    });
    const boundary = 'x7';
    const begin = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`;
    const upload = raw(`${openai}/audio/transcriptions`, {
      'content-type': `multipart/form-data; boundary=${boundary}`,
    });
    upload.write(begin);
    expect((await arrived.promise).toString()).toBe(begin);
    upload.end(Buffer.alloc(300_000, 'a'));
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
  });

  test('T6: a body that breaks off on its way ends the call, and the node goes on', async () => {
    const begun = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    bed.provider.handleWith((request) => {
      request.resume().once('close', () => closed.resolve());
      begun.resolve();
    });
    const upload = raw(`${openai}/files`, { 'content-type': 'multipart/form-data; boundary=x' });
    upload.on('error', () => {});
    upload.write('--x\r\n');
    await begun.promise;
    upload.destroy();
    await closed.promise;
    bed.provider.answerWith(chatCompletion('on'));
    expect((await bed.post(chat, call)).status).toBe(200);
  });

  test('T6: HEAD, GET, DELETE, query strings, 204, 304 and redirects pass as they are', async () => {
    bed.provider.answerWith(({ method, url }) =>
      method === 'DELETE'
        ? { status: 204, headers: { 'x-was': url }, pieces: [] }
        : {
            status: 200,
            headers: { 'content-type': 'application/json', 'x-was': `${method} ${url}` },
            pieces: ['{"data":[]}'],
          },
    );
    const models = await get(`${openai}/models?limit=2&after=a%2Fb`);
    expect([models.headers.get('x-was'), await models.text()]).toEqual([
      'GET /v1/models?limit=2&after=a%2Fb',
      '{"data":[]}',
    ]);
    const head = await get(`${openai}/models/gpt-4o`, { method: 'HEAD' });
    expect([head.status, head.headers.get('x-was'), await head.text()]).toEqual([
      200,
      'HEAD /v1/models/gpt-4o',
      '',
    ]);
    const removed = await get(`${openai}/files/file-1`, { method: 'DELETE' });
    expect([removed.status, removed.headers.get('x-was')]).toEqual([204, '/v1/files/file-1']);
    for (const status of [205, 304]) {
      bed.provider.answerWith({ status, headers: { etag: '"1"' }, pieces: [] });
      expect([(await get(`${openai}/models`)).status]).toEqual([status]);
    }
    const calls = bed.provider.calls.length;
    bed.provider.answerWith({
      status: 307,
      headers: { location: 'http://127.0.0.1:1/elsewhere' },
      pieces: [],
    });
    const moved = await get(`${openai}/models`);
    expect([moved.status, moved.headers.get('location')]).toEqual([307, 'http://127.0.0.1:1/elsewhere']);
    expect(bed.provider.calls.length).toBe(calls + 1);
  });

  test('T6: huge headers of the provider and a status that is none are 502', async () => {
    bed.provider.answerWith({ headers: { 'x-huge': 'h'.repeat(100_000) }, pieces: [] });
    expect((await get(`${openai}/models`)).status).toBe(502);
    bed.provider.handleWith((_request, response) =>
      response.socket?.end('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n'),
    );
    expect((await get(`${openai}/models`)).status).toBe(502);
    bed.provider.handleWith((_request, response) => response.socket?.destroy());
    expect((await get(`${openai}/models`)).status).toBe(502);
  });

  test('T6: a provider that answers before it has read the request is heard', async () => {
    bed.provider.handleWith((_request, response) => {
      response
        .writeHead(401, { 'content-type': 'application/json', connection: 'close' })
        .end('{"error":"early"}');
    });
    const upload = raw(`${openai}/files`, { 'content-type': 'application/octet-stream' });
    upload.on('error', () => {});
    upload.write(Buffer.alloc(100_000));
    const [answer] = (await once(upload, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(401);
    upload.destroy();
    bed.provider.answerWith(chatCompletion('on'));
    expect((await bed.post(chat, call)).status).toBe(200);
  });

  test('T6: connections that the provider has closed meanwhile cost no call', async () => {
    const [piece] = chatCompletion('kept').pieces;
    let calls = 0;
    bed.provider.handleWith((request, response) => {
      calls += 1;
      // Answers one call of each connection, and resets it when the next one comes.
      const { socket } = request;
      if (answered.has(socket)) return void socket.resetAndDestroy();
      answered.add(socket);
      request
        .resume()
        .once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(piece));
    });
    const answered = new WeakSet<object>();
    for (let at = 0; at < 20; at += 1) {
      const answers = await Promise.all(Array.from({ length: 3 }, () => bed.post(chat, call)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      await Promise.all(answers.map((answer) => answer.text()));
    }
    expect(calls).toBeGreaterThan(60);
  });

  test('T6: a caller who leaves before the answer has begun leaves the call in the account', async () => {
    const asked = Promise.withResolvers<() => void>();
    const [piece] = chatCompletion('late').pieces;
    bed.provider.handleWith((request, response) => {
      request
        .resume()
        .once('end', () =>
          asked.resolve(() => response.writeHead(200, { 'content-type': 'application/json' }).end(piece)),
        );
    });
    const before = await count();
    const abort = new AbortController();
    const lost = bed.post(chat, call, { signal: abort.signal }).catch(() => 'lost');
    const answer = await asked.promise;
    abort.abort();
    expect(await lost).toBe('lost');
    answer();
    await expect.poll(count, { timeout: 20_000 }).toBe(before + 1);
    const rows = await query<{ counted: string | null; output: string }>(
      bed.databaseUrl,
      `SELECT metadata->>'counted_by' AS counted, output_tokens::text AS output FROM usage_events ORDER BY id DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ counted: null, output: `${chatUsage.completion_tokens - 3}` }]);
  });

  const count = async () =>
    Number((await query<{ n: string }>(bed.databaseUrl, 'SELECT count(*) AS n FROM usage_events'))[0]?.n);

  test('T6: for a slow reader the provider is held back', async () => {
    let sent = 0;
    const total = 64 * 1024 * 1024;
    bed.provider.handleWith((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': total });
      const more = () => {
        while (sent < total) {
          const isTaken = response.write(Buffer.alloc(65_536, 'x'));
          sent += 65_536;
          if (!isTaken) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const slow = raw(`${openai}/audio/speech`, { 'content-type': 'application/json' });
    slow.end(JSON.stringify({ model: 'tts-1', input: 'a', voice: 'alloy' }));
    const [answer] = (await once(slow, 'response')) as [IncomingMessage];
    answer.pause();
    // Until the sockets in between are full: then nothing moves for a whole second.
    let seen = -1;
    const stands = (): boolean => {
      const before = seen;
      seen = sent;
      return before === seen;
    };
    await expect.poll(stands, { interval: 1_000, timeout: 20_000 }).toBe(true);
    expect(sent).toBeLessThan(total / 2);
    let read = 0;
    for await (const chunk of answer) read += (chunk as Buffer).length;
    expect(read).toBe(total);
  });

  test('T6, T7, D1: neither provider keys nor prompts nor answers are kept anywhere', async () => {
    bed.provider.answerWith(chatCompletion(secretAnswer));
    expect((await bed.post(chat, call)).status).toBe(200);
    bed.provider.answerWith({ status: 500, pieces: [secretAnswer] });
    await bed.post(chat, call);
    expect(await node.stop()).toBe(0);
    const secrets = [providerKey, secretPrompt, secretAnswer];
    const kept = [node.output, await filesOf(node.dataFolder), await rowsOf(bed.databaseUrl)];
    for (const text of kept) for (const secret of secrets) expect(text.includes(secret)).toBe(false);
    expect(kept[2]).toContain('providers.call');
    await node.start();
  });
});

async function filesOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))).join(
    '\n',
  );
}

/** Every row of every table, as text. */
async function rowsOf(url: string): Promise<string> {
  const tables = await query<{ name: string }>(
    url,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(url, `SELECT t::text AS row FROM ${name} AS t`);
    texts.push(...rows.map(({ row }) => row));
  }
  return texts.join('\n');
}
