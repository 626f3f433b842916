import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux (32,768) and others (49,152) give to whoever asks for any port. */
const ports = { min: 15_000, max: 30_000 };

/**
 * A port of loopback for a server that ends and comes back: one of those that the system hands out would be given to
 * somebody else meanwhile.
 */
export async function portToReturnTo(): Promise<number> {
  for (;;) {
    const port = randomInt(ports.min, ports.max);
    const server = createServer();
    const isFree = await once(server.listen(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
