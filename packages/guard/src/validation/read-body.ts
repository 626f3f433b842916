import type { Readable } from 'node:stream';
import type { HeaderSource } from '../header-source.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import type {
  JsonBody,
  PlainHeaders,
  StreamBody,
  StreamInput,
  VerbatimBody,
  VerbatimInput,
} from '../route.ts';
import { fieldErrors } from './field-errors.ts';
import { parseJson } from './parse-json.ts';
import { summary } from './validate-request.ts';

const gone = refuse('malformed_request', { detail: 'The body ended before it was complete.' });

/** The parsed and validated body of a request, or why it is refused (V1, V2): 415, 413, 400, 422 in this order. */
export async function readBody(
  body: JsonBody | StreamBody,
  request: Request,
  nodeBody?: Readable,
  headers: HeaderSource = request.headers,
): Promise<{ body: unknown } | Problem> {
  const wrongType = checkContentType(body, headers.get('content-type') ?? null);
  if (wrongType !== undefined) return wrongType;
  const length = contentLength(headers.get('content-length') ?? null);
  if (isProblem(length)) return length;
  if (length !== undefined && length > body.bytesMax) return tooLarge(body.bytesMax);
  if (body.kind === 'stream') return { body: streamInput(body, request, length, nodeBody) };
  const bytes = await readBytes(request, nodeBody, length, body.bytesMax);
  return isProblem(bytes) ? bytes : validated(body, bytes);
}

/** A request that is passed on; its body is not read yet, and never beyond the limit. */
export function verbatimInput(
  { bytesMax }: VerbatimBody,
  request: {
    readonly method: string;
    readonly path: string;
    readonly search: string;
    readonly request: Request;
    readonly nodeBody?: Readable | undefined;
    readonly nodeHeaders?: PlainHeaders | undefined;
  },
): VerbatimInput | Problem {
  const { method, path, search, request: whole, nodeBody, nodeHeaders } = request;
  const length = contentLength(whole.headers.get('content-length'));
  if (isProblem(length)) return length;
  if (length !== undefined && length > bytesMax) return tooLarge(bytesMax);
  return {
    ...{ method, path, search, headers: whole.headers, plainHeaders: nodeHeaders, contentLength: length },
    bytes: async () => readBytes(whole, nodeBody, length, bytesMax),
    stream: () => {
      const stream = bodyStream(whole, nodeBody);
      return stream && limitedStream(stream, bytesMax);
    },
  };
}

function validated(body: JsonBody, bytes: Uint8Array): { body: unknown } | Problem {
  const parsed = parseJson(bytes, { beyondLimits: body.beyondLimits ?? 'malformed_json' });
  if (!parsed.ok) {
    const errors = [{ pointer: parsed.pointer, message: parsed.message }];
    return refuse(parsed.code, { detail: summary(errors), errors });
  }
  const result = body.schema.safeParse(parsed.value);
  if (result.success) return { body: result.data };
  const errors = fieldErrors(result.error, '');
  return refuse('invalid_request', { detail: summary(errors), errors });
}

function checkContentType(body: JsonBody | StreamBody, header: string | null): Problem | undefined {
  if (header !== null && body.contentTypes.includes(header)) return undefined;
  const type = header?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== undefined && body.contentTypes.includes(type)) {
    const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(header ?? '')?.[1]?.toLowerCase();
    if (body.kind === 'stream' || charset === undefined || charset === 'utf-8' || charset === 'utf8')
      return undefined;
  }
  return refuse('unsupported_media_type', {
    detail: `Send Content-Type: ${body.contentTypes.join(' or ')}${body.kind === 'json' ? ' in UTF-8' : ''}.`,
    headers: { accept: body.contentTypes.join(', ') },
  });
}

function contentLength(header: string | null): number | undefined | Problem {
  if (header === null) return undefined;
  return /^\d{1,15}$/.test(header)
    ? Number(header)
    : refuse('malformed_request', { detail: 'Content-Length is no number.' });
}

function tooLarge(bytesMax: number): Problem {
  return refuse('body_too_large', {
    detail: `The body may have ${bytesMax} bytes at most.`,
  });
}

function readBytes(
  request: Request,
  nodeBody: Readable | undefined,
  length: number | undefined,
  bytesMax: number,
): Promise<Uint8Array | Problem> | Uint8Array {
  // The HTTP parser holds a body to its announced length, so that this reads no more than was checked.
  if (length !== undefined && nodeBody !== undefined && !nodeBody.readableEnded && !nodeBody.destroyed)
    return collect(nodeBody);
  if (length !== undefined)
    return request.arrayBuffer().then(
      (buffer) => new Uint8Array(buffer),
      () => gone,
    );
  const stream = bodyStream(request, nodeBody);
  return stream === null ? new Uint8Array() : readAtMost(stream, bytesMax).catch(() => gone);
}

/** Null when the request has no body. */
function bodyStream(request: Request, nodeBody: Readable | undefined): ReadableStream<Uint8Array> | null {
  const { method, headers } = request;
  if (nodeBody === undefined || method === 'GET' || method === 'HEAD') return request.body;
  if (!headers.has('transfer-encoding') && !headers.has('content-length')) return null;
  // Whoever stops in the middle must not end the connection with it: the answer is still to be read.
  return ReadableStream.from(nodeBody.iterator({ destroyOnReturn: false }));
}

/** A body of announced length, to which the HTTP parser holds it. */
function collect(body: Readable): Promise<Uint8Array | Problem> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    body.once('error', () => resolve(gone));
    body.once('close', () => resolve(gone));
  });
}

async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | Problem> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > bytesMax) return tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function streamInput(
  body: StreamBody,
  request: Request,
  length: number | undefined,
  nodeBody: Readable | undefined,
): StreamInput {
  return {
    contentType: request.headers.get('content-type') ?? '',
    contentLength: length,
    // Not before it is asked for: to make the standard's stream is to begin reading.
    get stream() {
      return limitedStream(bodyStream(request, nodeBody) ?? emptyStream(), body.bytesMax);
    },
    // The HTTP parser holds a body to its announced length; one of unknown length must be counted.
    node: length === undefined ? undefined : nodeBody,
  };
}

function limitedStream(stream: ReadableStream<Uint8Array>, bytesMax: number): ReadableStream<Uint8Array> {
  let size = 0;
  const limited = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > bytesMax) controller.error(new BodyTooLargeError(bytesMax));
      else controller.enqueue(chunk);
    },
  });
  return stream.pipeThrough(limited);
}

/** A streamed body passed its limit while it was still arriving; the pipeline answers 413. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  readonly problem: Problem;
  constructor(bytesMax: number) {
    super(`the body is larger than ${bytesMax} bytes`);
    this.problem = tooLarge(bytesMax);
  }
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
