/** A CAR (version 1) that can be read again and again, always the same bytes. */
export interface CarSource {
  /** Its root. */
  readonly cid: string;
  /** Bytes of the whole. */
  bytes(): Promise<number>;
  /** Its bytes from a position on. */
  open(fromByte: number): ReadableStream<Uint8Array>;
}

/** A CAR of what `pieces` gives; it must give the same each time. */
export function carSource(cid: string, pieces: () => AsyncIterable<Uint8Array>): CarSource {
  let counted: Promise<number> | undefined;
  return {
    cid,
    bytes() {
      counted ??= count(pieces());
      return counted;
    },
    open: (fromByte) => streamOf(from(pieces(), fromByte)),
  };
}

/** At most `bytesMax` bytes of a stream, which is closed behind them. */
export function atMost(stream: ReadableStream<Uint8Array>, bytesMax: number): ReadableStream<Uint8Array> {
  return streamOf(until(stream, bytesMax));
}

export function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function count(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) bytes += piece.byteLength;
  return bytes;
}

async function* from(pieces: AsyncIterable<Uint8Array>, fromByte: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const skipped = Math.min(piece.byteLength, Math.max(0, fromByte - at));
    at += piece.byteLength;
    if (skipped < piece.byteLength) yield piece.subarray(skipped);
  }
}

async function* until(pieces: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Uint8Array> {
  let left = bytesMax;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.byteLength;
    if (left <= 0) return;
  }
}
