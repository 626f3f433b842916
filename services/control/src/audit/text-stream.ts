/**
 * Pieces of text as a stream that makes the next piece when the reader asks for one. The first is made before the promise
 * resolves, so that what fails at once is an answer of its own; what fails later breaks the stream off. The signal is
 * aborted when the reader goes away.
 */
export async function textStream(
  open: (signal: AbortSignal) => AsyncGenerator<string>,
): Promise<ReadableStream<Uint8Array>> {
  const gone = new AbortController();
  const pieces = open(gone.signal);
  let first: IteratorResult<string> | undefined = await pieces.next();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = first ?? (await pieces.next());
        first = undefined;
        if (piece.done === true) controller.close();
        else controller.enqueue(encoder.encode(piece.value));
      },
      cancel() {
        gone.abort();
      },
    },
    { highWaterMark: 0 },
  );
}
