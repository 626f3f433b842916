/** A bar on standard error, for people who wait; nothing where no terminal is. */
export interface Progress {
  /** Passes chunks on and counts their bytes. */
  through(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** Says how much is done, from 0 to 1. */
  show(share: number): void;
  /** Takes the bar away. */
  end(): void;
}

const width = 30;

/** `bytesMax`: of the whole; undefined shows what has been read only. */
export function progressOf(what: string, bytesMax: number | undefined): Progress {
  const { stderr } = process;
  let bytes = 0;
  let shown = '';
  const show = (share = bytesMax && bytes / bytesMax): void => {
    const text = `${what} ${share === undefined ? `${(bytes / 1e6).toFixed(1)} MB` : bar(share)}`;
    if (stderr.isTTY !== true || text === shown) return;
    shown = text;
    stderr.write(`\r${text}`);
  };
  return {
    async *through(chunks) {
      for await (const chunk of chunks) {
        yield chunk;
        bytes += chunk.length;
        show();
      }
    },
    show,
    end() {
      if (shown !== '') stderr.write(`\r${' '.repeat(shown.length)}\r`);
    },
  };
}

function bar(share: number): string {
  const done = Math.round(Math.min(share, 1) * width);
  return `[${'#'.repeat(done)}${'.'.repeat(width - done)}] ${Math.floor(Math.min(share, 1) * 100)} %`;
}
