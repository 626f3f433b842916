import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IpfsNetwork } from './ipfs-network.ts';

export interface GatewayAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoopbackGateway extends AsyncDisposable {
  readonly url: string;
  /** The CIDs that were asked for, in their order. */
  readonly asked: string[];
  /** What callers did that the specification of trustless gateways does not have. */
  readonly violations: string[];
  /** Instead of what the network has. */
  answer: (cid: string) => GatewayAnswer | undefined;
}

/** A trustless gateway of one node: `GET /ipfs/<cid>?format=raw` answers the block, or 404. */
export async function startLoopbackGateway(network: IpfsNetwork): Promise<LoopbackGateway> {
  const server = createServer((request, response) => {
    const [, root, cid = '', ...more] = new URL(request.url ?? '', 'http://gateway').pathname.split('/');
    gateway.asked.push(cid);
    if (root !== 'ipfs' || more.length > 0 || !asksForRawBlock(request))
      gateway.violations.push(`${request.method} ${request.url} ${request.headers.accept}`);
    const block = network.blocks.get(cid);
    const { status, body, headers } =
      gateway.answer(cid) ?? (block ? { status: 200, body: block } : { status: 404, body: Buffer.from('') });
    response.writeHead(status, { 'content-type': 'application/vnd.ipld.raw', ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gateway: LoopbackGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    violations: [],
    answer: () => undefined,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return gateway;
}

function asksForRawBlock({ method, url, headers }: IncomingMessage): boolean {
  const query = new URL(url ?? '', 'http://gateway').searchParams;
  return method === 'GET' && query.get('format') === 'raw' && headers.accept === 'application/vnd.ipld.raw';
}
