import { isProblem, type PlainHeaders, type Problem, refuse, type VerbatimInput } from '@keyward/guard';
import type { BodyRoom } from './body-room.ts';
import type { Dialect } from './dialects/dialect.ts';
import { type ReadRequest, readRequest } from './read-request.ts';

/** What goes to the provider, and whether it makes a model work. */
export interface OutgoingRequest extends Omit<ReadRequest, 'body'> {
  readonly method: string;
  /** Below the provider's base URL. */
  readonly path: string;
  readonly search: string;
  readonly headers: PlainHeaders;
  /** A stream is passed on as it arrives and not read. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** Of a streamed body, when it is known. */
  readonly bodyBytes: number | undefined;
  readonly isMetered: boolean;
  /** Gives back the room that the body took; once. */
  release(): void;
}

/** A body that is not to be read is taken whole all the same when it is so small: it can be sent again. */
const smallBytesMax = 64 * 1024;
/** Room for larger ones is taken as they arrive: what was only announced takes none. */
const takenAtOnceMax = 1024 * 1024;

const noRoom = refuse('overloaded', {
  detail: 'Too many large requests at once.',
  headers: { 'retry-after': '2' },
});

/** Takes in a request: one that must be read into memory, within `room`, any other as a stream. */
export async function takeRequest(
  room: BodyRoom,
  dialect: Dialect,
  request: VerbatimInput,
  { path, owner }: { readonly path: string; readonly owner: string },
): Promise<OutgoingRequest | Problem> {
  const { method, search, contentLength } = request;
  const headers = request.plainHeaders ?? Object.fromEntries(request.headers);
  const isMetered = method === 'POST' && dialect.costOf(path) === 'metered';
  const about = { method, path, search, headers, bodyBytes: contentLength, isMetered };
  if (isMetered && isJson(headers)) {
    const taken = await takeBody(room, request, owner);
    if (isProblem(taken)) return taken;
    return { ...about, ...readRequest(dialect, path, taken.bytes), release: taken.release };
  }
  const unread = { ...about, value: undefined, wasAskedForUsage: false, release() {} };
  const model = dialect.modelOf(path, undefined);
  if (contentLength !== undefined && contentLength <= smallBytesMax) {
    const body = await request.bytes();
    return isProblem(body) ? body : { ...unread, model, body };
  }
  return { ...unread, model, body: request.stream() };
}

function isJson({ 'content-type': type }: PlainHeaders): boolean {
  return type !== undefined && /^application\/json\b/i.test(String(type));
}

interface Taken {
  readonly bytes: Uint8Array;
  release(): void;
}

async function takeBody(room: BodyRoom, request: VerbatimInput, owner: string): Promise<Taken | Problem> {
  const { contentLength } = request;
  let held = 0;
  const take = (bytes: number): boolean => {
    if (!room.take(owner, bytes)) return false;
    held += bytes;
    return true;
  };
  const release = (): void => {
    if (held > 0) room.giveBack(owner, held);
    held = 0;
  };
  let bytes: Uint8Array | Problem;
  try {
    if (contentLength !== undefined && contentLength <= takenAtOnceMax)
      bytes = take(contentLength) ? await request.bytes() : noRoom;
    else bytes = await collect(request.stream(), take);
  } catch (error) {
    release();
    throw error;
  }
  if (!isProblem(bytes)) return { bytes, release };
  release();
  return bytes;
}

const endedEarly = refuse('malformed_request', { detail: 'The body ended before it was complete.' });

async function collect(
  stream: ReadableStream<Uint8Array> | null,
  take: (bytes: number) => boolean,
): Promise<Uint8Array | Problem> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of stream ?? []) {
      if (!take(chunk.byteLength)) return noRoom;
      chunks.push(chunk);
    }
  } catch (error) {
    if (isTooLarge(error)) throw error;
    return endedEarly;
  }
  return Buffer.concat(chunks);
}

/** Of the guard: it answers 413 itself. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.name === 'BodyTooLargeError';
}
