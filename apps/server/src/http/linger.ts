import type { IncomingMessage } from 'node:http';

export interface LingerOptions {
  readonly forMs: number;
  readonly bytesMax: number;
}

/** As long as the usual servers wait, and no more than the largest upload is anyway. */
const usual: LingerOptions = { forMs: 30_000, bytesMax: 64 * 1024 * 1024 };

/**
 * Reads and drops the rest of a body whose answer is out. A client that still sends would otherwise be reset, and many
 * then never see the answer (RFC 9112, section 9.6). Whoever goes on for too long is cut off; until then, and after
 * the end of the body, the connection serves the next request.
 */
export function linger(incoming: IncomingMessage, { forMs, bytesMax }: LingerOptions = usual): void {
  let bytes = 0;
  const cut = () => incoming.socket.destroy();
  const timer = setTimeout(cut, forMs).unref();
  incoming
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) cut();
    })
    .once('close', () => clearTimeout(timer))
    // A peer that went away meanwhile has its answer, or does not want it.
    .on('error', () => {})
    .resume();
}
