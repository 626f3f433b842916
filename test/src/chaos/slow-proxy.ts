import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a server and can hold back everything that passes for a while, as a congested link does. */
export interface SlowProxy extends AsyncDisposable {
  readonly url: string;
  /** From now on every byte arrives so much later. */
  setDelay(ms: number): void;
}

export async function slowProxy(targetUrl: string): Promise<SlowProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let delayMs = 0;
  const carry = (from: Socket, to: Socket): void => {
    let dueMs = 0;
    sockets.add(from);
    from.on('data', (chunk) => {
      // Never before what was sent earlier.
      dueMs = Math.max(dueMs, performance.now() + delayMs);
      const waitMs = dueMs - performance.now();
      if (waitMs <= 0) to.write(chunk);
      else setTimeout(() => to.destroyed || to.write(chunk), waitMs);
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((inbound) => {
    const outbound = connect(Number(target.port), target.hostname);
    carry(inbound, outbound);
    carry(outbound, inbound);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    setDelay(ms) {
      delayMs = ms;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
