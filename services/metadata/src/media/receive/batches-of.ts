import { finished, type Readable } from 'node:stream';

/**
 * Bytes that are written to disk at once. An upload holds one batch that is being written and one that gathers meanwhile:
 * 32 uploads, which is all there may be, have 32 MiB between them when the disk keeps all of them waiting.
 */
export const batchBytes = 512 * 1024;

/**
 * What a stream gives, in batches of `batchBytes` and the first of `firstBytes`; a batch may be a piece larger, the last
 * smaller. The stream is paused while a batch is dealt with. Throws when it breaks off. It is never destroyed here.
 */
export async function* batchesOf(source: Readable, firstBytes: number): AsyncGenerator<Buffer[], void> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  let wantedBytes = firstBytes;
  let end: { readonly error: unknown } | undefined;
  let wake = () => {};
  const onData = (piece: Buffer): void => {
    gathered.push(piece);
    bytes += piece.length;
    if (bytes < wantedBytes) return;
    source.pause();
    wake();
  };
  const forget = finished(source, { writable: false }, (error) => {
    end = { error };
    wake();
  });
  source.on('data', onData);
  try {
    for (;;) {
      if (bytes < wantedBytes && !end) await new Promise<void>((resolve) => (wake = resolve));
      if (end?.error) throw end.error;
      const batch = gathered;
      [gathered, bytes, wantedBytes] = [[], 0, batchBytes];
      if (batch.length > 0) yield batch;
      if (end && gathered.length === 0) return;
      source.resume();
    }
  } finally {
    source.off('data', onData);
    forget();
  }
}
