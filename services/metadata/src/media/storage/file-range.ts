import { type FileHandle, open } from 'node:fs/promises';
import type { ByteRange } from './media-store.ts';

const pieceBytes = 64 * 1024;

/**
 * A stream of a part of a file. The file is opened with the first read and closed at the end, so that a stream which
 * nobody reads (an answer to HEAD) holds nothing.
 */
export function readFileRange(file: string, range: ByteRange): ReadableStream<Uint8Array> {
  let handle: FileHandle | undefined;
  let position = range.start;
  const close = async () => {
    const opened = handle;
    handle = undefined;
    await opened?.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          handle ??= await open(file, 'r');
          const piece = new Uint8Array(Math.min(pieceBytes, range.end + 1 - position));
          const { bytesRead } = await handle.read(piece, 0, piece.length, position);
          if (bytesRead === 0) throw new Error('a media file is shorter than its row says');
          position += bytesRead;
          controller.enqueue(piece.subarray(0, bytesRead));
          if (position > range.end) {
            await close();
            controller.close();
          }
        } catch (error) {
          await close();
          throw error;
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
