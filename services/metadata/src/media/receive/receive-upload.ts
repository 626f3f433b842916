import { type Problem, refuse, type StreamInput } from '@keyward/guard';
import { type BodyChunks, bodyChunks } from './body-chunks.ts';
import { type StoredFile, sinkFile } from './file-sink.ts';
import { type FormContent, UploadForm } from './upload-form.ts';
import type { FormShape, UploadPace } from './upload-limits.ts';
import { watchPace } from './watch-pace.ts';

const brokenOff = refuse('malformed_request', { detail: 'The upload ended early.' });
const tooSlow = refuse('request_timeout', { detail: 'The upload came too slowly.' });

export interface Receiving {
  readonly shape: FormShape;
  readonly pace: UploadPace;
  /** Where to write the file of this index. */
  pathOf(index: number): string;
  readonly signal: AbortSignal;
}

/**
 * Receives a multipart upload onto the disk, a chunk at a time, so that memory does not depend on its size (U1).
 * A refusal comes while the body is still arriving; the rest of it is left unread. Throws when the disk fails.
 */
export async function receiveUpload(
  body: StreamInput,
  receiving: Receiving,
): Promise<FormContent<StoredFile> | Problem> {
  const { shape, pace, signal } = receiving;
  if ((body.contentLength ?? 0) > shape.bodyBytesMax) return tooLarge(shape);
  const chunks = bodyChunks(body);
  const form = openForm(body.contentType, receiving, chunks);
  if (!form) {
    chunks.release();
    return refuse('malformed_request', { detail: 'The Content-Type has no usable multipart boundary.' });
  }
  const onAbort = () => form.refuse(brokenOff);
  signal.addEventListener('abort', onAbort, { once: true });
  using watch = watchPace(pace, () => form.refuse(tooSlow));
  try {
    if (signal.aborted) onAbort();
    await pump(chunks, form, shape, () => watch.moved());
    watch[Symbol.dispose]();
    return await form.end();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function openForm(
  contentType: string,
  { shape, pathOf }: Receiving,
  chunks: BodyChunks,
): UploadForm<StoredFile> | undefined {
  try {
    return new UploadForm(contentType, shape, {
      takeFile: (source, index) => sinkFile(source, pathOf(index), chunks.areOurs),
      onRefused: () => chunks.release(),
    });
  } catch {
    return undefined;
  }
}

async function pump(
  chunks: BodyChunks,
  form: UploadForm<StoredFile>,
  shape: FormShape,
  onMoved: () => void,
): Promise<void> {
  let bytes = 0;
  while (!form.problem) {
    const next = await chunks.next();
    if (form.problem || next === 'end') return;
    if (next === 'broken') return form.refuse(brokenOff);
    onMoved();
    bytes += next.length;
    if (bytes > shape.bodyBytesMax) return form.refuse(tooLarge(shape));
    await form.write(next);
  }
}

function tooLarge(shape: FormShape): Problem {
  return refuse('file_too_large', { detail: shape.tooLarge });
}
