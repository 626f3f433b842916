import { parseJson } from '../../validation/parse-json.ts';
import type { ReadLine } from './check-batch.ts';

const lineBytesMax = 64 * 1024;
const newline = 0x0a;

/**
 * The lines of a JSON lines text, read strictly (V2) as they arrive; empty ones are left out but counted. A line that is
 * no JSON, or longer than 64 KiB, has a `defect`. Holds one line at most.
 */
export async function* readJsonLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<ReadLine> {
  let line = 1;
  let rest: Uint8Array[] = [];
  let bytes = 0;
  const keep = (piece: Uint8Array): void => {
    bytes += piece.length;
    // What is too long is counted and not kept.
    if (bytes <= lineBytesMax) rest.push(piece);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      keep(chunk.subarray(from, end));
      yield* readLine(line, rest, bytes);
      [rest, bytes, from] = [[], 0, end + 1];
      line += 1;
    }
    keep(chunk.subarray(from));
  }
  yield* readLine(line, rest, bytes);
}

function* readLine(line: number, pieces: readonly Uint8Array[], bytes: number): Generator<ReadLine> {
  if (bytes > lineBytesMax) {
    yield { line, defect: `is longer than ${lineBytesMax} bytes` };
    return;
  }
  const text = Buffer.concat(pieces);
  if (text.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) return;
  const parsed = parseJson(text);
  yield parsed.ok ? { line, value: parsed.value } : { line, defect: parsed.message };
}
