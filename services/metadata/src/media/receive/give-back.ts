const bytesMin = 4096;

/**
 * Gives the memory of used-up chunks back at once. Left to the collector, tens of MiB of them pile up: they lie outside
 * of V8's heap, and it looks for them only when there are many. For whole chunks that nobody else holds; pieces of a
 * larger buffer are passed over.
 */
export function giveBack(chunks: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of chunks) {
    const isWhole = byteLength === buffer.byteLength && byteLength >= bytesMin;
    if (isWhole && buffer instanceof ArrayBuffer) buffer.transfer(0);
  }
}
