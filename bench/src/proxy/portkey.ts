import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { reportToParent } from '../http/report-to-parent.ts';

// Portkey's gateway as its package starts it, in a process of its own.
const port = await freePort();
const program = fileURLToPath(import.meta.resolve('@portkey-ai/gateway/build/start-server.js'));
// It greets people.
process.stdout.write = () => true;
process.env.NODE_ENV = 'production';
process.argv = [process.execPath, program, `--port=${port}`, '--headless'];
await import(program);
const url = `http://127.0.0.1:${port}`;
await answers(url);
reportToParent({ url });

async function answers(address: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (
      await fetch(address).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the gateway does not answer');
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const address = probe.address();
    probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}
