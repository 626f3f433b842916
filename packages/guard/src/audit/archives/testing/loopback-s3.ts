import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of S3 as archives need, on loopback: whatever S3 would refuse it refuses, and what it is not told it does not know. */
export interface LoopbackS3 extends AsyncDisposable {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Requests as `PUT /bucket/key?query`. */
  readonly requests: string[];
}

const partBytesMin = 5 * 1024 * 1024;
const accessKey = 'loopback';

export async function loopbackS3(): Promise<LoopbackS3> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, objects, uploads).then(
      ([status, body, headers]) => response.writeHead(status, headers).end(body),
      (error: unknown) => fail(response, error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ objects, requests },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const loopbackCredentials = { accessKeyId: accessKey, secretAccessKey: 'secret' };

type Answer = readonly [status: number, body?: string | Buffer | undefined, headers?: Record<string, string>];

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
  }
}

function fail(response: ServerResponse, error: unknown): void {
  const code = error instanceof Refusal ? error.message : 'InternalError';
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response
    .writeHead(error instanceof Refusal ? error.status : 500, { 'content-type': 'application/xml' })
    .end(text);
}

async function answer(
  request: IncomingMessage,
  objects: Map<string, Buffer>,
  uploads: Map<string, Map<number, Buffer>>,
): Promise<Answer> {
  const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://s3');
  const key = decodeURIComponent(pathname);
  if (!request.headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKey}/`))
    throw new Refusal(403, 'AccessDenied');
  if (!key.startsWith('/bucket/')) throw new Refusal(404, 'NoSuchBucket');
  const body = await bodyOf(request);
  const upload = query.get('uploadId');
  if (request.method === 'POST' && query.has('uploads')) {
    const id = String(uploads.size + 1);
    uploads.set(id, new Map());
    return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }
  if (upload !== null) {
    const parts = uploads.get(upload);
    if (parts === undefined) throw new Refusal(404, 'NoSuchUpload');
    if (request.method === 'POST') {
      objects.set(key, assembled(parts, body.toString()));
      return xml(`<CompleteMultipartUploadResult><ETag>${etag(body)}</ETag></CompleteMultipartUploadResult>`);
    }
    parts.set(Number(query.get('partNumber')), body);
    return [200, undefined, { etag: etag(body) }];
  }
  if (request.method === 'PUT') {
    objects.set(key, body);
    return [200, undefined, { etag: etag(body) }];
  }
  const found = objects.get(key);
  if (found === undefined) throw new Refusal(404, 'NoSuchKey');
  return [200, found, { etag: etag(found) }];
}

function xml(text: string): Answer {
  return [200, `<?xml version="1.0" encoding="UTF-8"?>${text}`, { 'content-type': 'application/xml' }];
}

function assembled(parts: ReadonlyMap<number, Buffer>, wish: string): Buffer {
  const wanted = [...wish.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    tag: /<ETag>(?:&quot;|")?([0-9a-f]+)/.exec(part)?.[1],
  }));
  return Buffer.concat(
    wanted.map(({ number, tag }, at) => {
      const part = parts.get(number);
      if (part === undefined || etag(part) !== `"${tag}"`) throw new Refusal(400, 'InvalidPart');
      if (number <= (wanted[at - 1]?.number ?? 0)) throw new Refusal(400, 'InvalidPartOrder');
      if (at < wanted.length - 1 && part.length < partBytesMin) throw new Refusal(400, 'EntityTooSmall');
      return part;
    }),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  if (request.method !== 'GET' && request.headers['content-length'] === undefined && raw.length > 0)
    throw new Refusal(411, 'MissingContentLength');
  const length = request.headers['x-amz-decoded-content-length'];
  if (length === undefined) return raw;
  const decoded = withoutChunks(raw);
  if (decoded.length !== Number(length)) throw new Refusal(400, 'IncompleteBody');
  return decoded;
}

/** aws-chunked: size in hexadecimal, the bytes, and trailers behind the last. */
function withoutChunks(raw: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = raw.indexOf('\r\n', at);
    const bytes = Number.parseInt(raw.toString('latin1', at, end), 16);
    if (!(bytes > 0)) return Buffer.concat(pieces);
    pieces.push(raw.subarray(end + 2, end + 2 + bytes));
    at = end + 2 + bytes + 2;
  }
}

function etag(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}
