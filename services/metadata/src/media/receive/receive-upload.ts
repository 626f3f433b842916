import { type Problem, refuse, type StreamInput } from '@keyward/guard';
import { type StoredFile, sinkFile } from './file-sink.ts';
import { type FormContent, UploadForm } from './upload-form.ts';
import { fileBytesMax, uploadBodyBytesMax } from './upload-limits.ts';

const tooLarge = refuse('file_too_large', { detail: `A file has at most ${fileBytesMax} bytes.` });
const brokenOff = refuse('malformed_request', { detail: 'The upload ended early.' });

/**
 * Receives a multipart upload into `path`, a chunk at a time, so that memory does not depend on its size (U1).
 * A refusal comes while the body is still arriving; the rest of it is left unread. Throws when the disk fails.
 */
export async function receiveUpload(
  body: StreamInput,
  path: string,
  signal: AbortSignal,
): Promise<FormContent<StoredFile> | Problem> {
  if ((body.contentLength ?? 0) > uploadBodyBytesMax) return tooLarge;
  const reader = body.stream.getReader();
  const form = openForm(body.contentType, path, () => reader.releaseLock());
  if (!form) {
    reader.releaseLock();
    return refuse('malformed_request', { detail: 'The Content-Type has no usable multipart boundary.' });
  }
  const onAbort = () => form.refuse(brokenOff);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    await pump(reader, form);
    return await form.end();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function openForm(
  contentType: string,
  path: string,
  onRefused: () => void,
): UploadForm<StoredFile> | undefined {
  try {
    return new UploadForm(contentType, { takeFile: (source) => sinkFile(source, path), onRefused });
  } catch {
    return undefined;
  }
}

async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  form: UploadForm<StoredFile>,
): Promise<void> {
  let bytes = 0;
  while (!form.problem) {
    const next = await read(reader);
    if (form.problem || next === 'end') return;
    if (next === 'broken') return form.refuse(brokenOff);
    bytes += next.length;
    if (bytes > uploadBodyBytesMax) return form.refuse(tooLarge);
    await form.write(next);
  }
}

/** The source breaks when the client goes away, and when the reader's lock was released because of a refusal. */
async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | 'end' | 'broken'> {
  try {
    const { done, value } = await reader.read();
    return done ? 'end' : value;
  } catch {
    return 'broken';
  }
}
