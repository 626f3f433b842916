import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCodes, type KeyCaller, type Reply, type RequestContext } from '@keyward/guard';
import { createTestDatabase, fakeClock } from '@keyward/guard/testing';
import { createMedia, type MediaOptions } from '../create-media.ts';
import { testKeyring } from './test-keyring.ts';

export type Answer = Awaited<ReturnType<MediaHarness['upload']>>;
export type MediaHarness = Awaited<ReturnType<typeof openMediaHarness>>;

export interface As {
  readonly userId?: string;
  readonly environment?: 'live' | 'test';
  readonly signal?: AbortSignal;
}

/** The media handlers on a database and a folder of their own, called as the pipeline would call them. */
export async function openMediaHarness(options: Partial<MediaOptions> = {}) {
  const database = await createTestDatabase({
    name: 'metadata',
    folder: new URL('../../../migrations', import.meta.url),
  });
  const folder = await mkdtemp(join(tmpdir(), 'media-'));
  const clock = fakeClock();
  const media = createMedia({
    database,
    clock,
    folder,
    keyring: testKeyring(),
    examiners: { workersMax: 1, waitMsMax: 120_000, jobMsMax: 120_000 },
    ...options,
  });
  await media.start();
  const audited: string[] = [];

  function context(as: As = {}): RequestContext<KeyCaller> {
    return {
      requestId: 'request-1',
      clientAddress: '192.0.2.1',
      signal: as.signal ?? new AbortController().signal,
      audited: (...ids) => audited.push(...ids),
      caller: {
        ...{ kind: 'key', keyId: 'key-1', role: 'user', service: 'metadata', scopes: new Set() },
        userId: as.userId ?? 'user-1',
        environment: as.environment ?? 'live',
      },
    };
  }

  async function call<Input>(
    handler: (input: Input, context: RequestContext<KeyCaller>) => Reply | Promise<Reply>,
    input: Partial<Input>,
    as?: As,
  ) {
    const reply = await handler({ params: {}, query: {}, headers: {}, ...input } as Input, context(as));
    return reply.kind === 'problem'
      ? { status: errorCodes[reply.code].status, code: reply.code, detail: reply.detail, reply }
      : { status: reply.status, body: reply.kind === 'json' ? reply.body : undefined, reply };
  }

  return {
    ...{ database, folder, clock, media, audited, context, call },
    upload: async (body: UploadBody, query: object = {}, as?: As) =>
      call(media.handlers.createMedia, { body: body, query }, as),
    /** Every file below the folder, without its orders of folders. */
    files: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    async [Symbol.asyncDispose]() {
      await media.stop();
      await rm(folder, { recursive: true });
      await database[Symbol.asyncDispose]();
    },
  };
}

export interface UploadBody {
  readonly contentType: string;
  readonly contentLength: number | undefined;
  readonly stream: ReadableStream<Uint8Array>;
}

/** A multipart body as a browser sends it, with the file last unless `fields` come after it. */
export function formOf(
  content: Uint8Array,
  { name = 'cat.png', type = 'image/png', fields = {} as Record<string, string> } = {},
): UploadBody {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(content)], { type }), name);
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  return bodyOf(form);
}

export function bodyOf(form: FormData): UploadBody {
  const response = new Response(form);
  return {
    contentType: response.headers.get('content-type') ?? '',
    contentLength: undefined,
    stream: response.body as ReadableStream<Uint8Array>,
  };
}

/** A body from text, for what no well-meaning client sends. */
export function rawBody(text: string | Buffer, contentType = 'multipart/form-data; boundary=x'): UploadBody {
  const bytes = Buffer.from(text as string, 'utf8');
  return {
    contentType,
    contentLength: bytes.length,
    stream: new Response(bytes).body as ReadableStream<Uint8Array>,
  };
}
