import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportToParent } from '../http/report-to-parent.ts';
import { serverSettings } from '../http/settings.ts';

// The floor: node:http on both sides, bytes and headers as they come, nothing looked at.
const { hostname, port } = new URL(serverSettings().upstreamUrl ?? '');
const agent = new Agent({ keepAlive: true, scheduling: 'lifo', maxSockets: 1_024 });

const server = createServer((incoming, outgoing) => {
  const { method, url = '/', headers } = incoming;
  const call = httpRequest({ hostname, port, method, path: url, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  call.once('error', () => outgoing.destroy());
  incoming.pipe(call);
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () =>
  reportToParent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
