const newline = 0x0a;

/** The line (from 1) of each of the ascending offsets in the data that comes in pieces. Reads no further than it must. */
export async function countLines(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  offsets: readonly number[],
): Promise<number[]> {
  const lines: number[] = [];
  let line = 1;
  let position = 0;
  for await (const piece of pieces) {
    let counted = 0;
    for (;;) {
      const offset = offsets[lines.length];
      if (offset === undefined) return lines;
      const until = Math.min(offset - position, piece.length);
      for (
        let at = piece.indexOf(newline, counted);
        at >= 0 && at < until;
        at = piece.indexOf(newline, at + 1)
      )
        line += 1;
      counted = Math.max(counted, until);
      if (offset - position > piece.length) break;
      lines.push(line);
    }
    position += piece.length;
  }
  // What is not there any more was on the last line that is.
  while (lines.length < offsets.length) lines.push(line);
  return lines;
}
