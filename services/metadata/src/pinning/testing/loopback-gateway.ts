import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IpfsNetwork } from './ipfs-network.ts';

export interface LoopbackGateway extends AsyncDisposable {
  readonly url: string;
  /** Instead of what the network has. */
  answer: (cid: string) => { status: number; body: Uint8Array } | undefined;
}

/** A trustless gateway: `GET /ipfs/<cid>?format=raw` answers the block. */
export async function startLoopbackGateway(network: IpfsNetwork): Promise<LoopbackGateway> {
  const server = createServer((request, response) => {
    const cid = (request.url ?? '').split(/[/?]/)[2] ?? '';
    const block = network.blocks.get(cid);
    const { status, body } =
      gateway.answer(cid) ?? (block ? { status: 200, body: block } : { status: 504, body: Buffer.from('') });
    response.writeHead(status, { 'content-type': 'application/vnd.ipld.raw' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gateway: LoopbackGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: () => undefined,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return gateway;
}
