import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { streamOf } from '../../content/car-source.ts';
import { type PinRequest, pinMark } from '../pin-provider.ts';
import { PinningError } from '../pinning-error.ts';
import type { ProviderCalls } from '../provider-calls.ts';
import { oneFile } from './pinata-file.ts';

export interface PinataUpload {
  readonly calls: ProviderCalls;
  readonly uploadsUrl: string;
  readonly pieceBytes: number;
  readonly groupId: string | undefined;
}

/** Bytes a millisecond that an upload must make at least, with half a minute to begin. */
const slowestBytesPerMs = 64;

/** How long so many bytes may take, milliseconds. */
export function uploadTimeoutMs(bytes: number): number {
  return 30_000 + Math.ceil(bytes / slowestBytesPerMs);
}

/** A CAR as one multipart request, which is written while it is sent: memory does not grow with it. */
export async function sendInOne(
  { calls, uploadsUrl, groupId }: PinataUpload,
  { content, name }: PinRequest,
  signal: AbortSignal,
): Promise<z.output<typeof oneFile>> {
  const boundary = `keyward-${randomBytes(16).toString('hex')}`;
  const keyvalues = JSON.stringify(pinMark);
  const fields = { network: 'public', name, car: 'true', keyvalues, ...(groupId && { group_id: groupId }) };
  const head = Buffer.from(
    Object.entries(fields)
      .map(([field, value]) => part(boundary, `name="${field}"`, value))
      .join('') +
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${content.cid}.car"\r\n` +
      'Content-Type: application/vnd.ipld.car\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const bytes = head.byteLength + (await content.bytes()) + tail.byteLength;
  const made = await calls.json(
    {
      method: 'POST',
      url: `${uploadsUrl}/files`,
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': String(bytes),
      },
      body: streamOf(framed(head, content.open(0), tail)),
      timeoutMs: uploadTimeoutMs(bytes),
      signal,
    },
    oneFile,
  );
  if (made === undefined) throw new PinningError('provider_answer', 'Pinata made no file.');
  return made;
}

/** Names are ours or were checked for control characters; a form's value is text up to the next boundary. */
function part(boundary: string, disposition: string, value: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
}

async function* framed(
  head: Uint8Array,
  content: ReadableStream<Uint8Array>,
  tail: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* content;
  yield tail;
}
