import autocannon from 'autocannon';
import {
  headersOf,
  type LoadFigures,
  type LoadGenerator,
  type LoadOptions,
  loadBody,
  loadHeaders,
} from './load.ts';

/** autocannon, which npm brings: everywhere, but on one core itself no faster than the fastest server here. */
export const autocannonLoad: LoadGenerator = { name: 'autocannon', run };

async function run(options: LoadOptions): Promise<LoadFigures> {
  const { url, connections, seconds, keys, addresses, body = loadBody, headers = loadHeaders } = options;
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    body,
    headers,
    // Each connection has a share of the keys, so that no two send the same one at a time.
    setupClient(client) {
      const requests = keys.map((key, at) => ({
        headers: { ...headers, ...headersOf(key, addresses?.[at]) },
      }));
      const first = next % connections;
      next += 1;
      client.setRequests(requests.filter((_, at) => at % connections === first));
    },
  });
  return {
    requests: result.requests.total,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts,
    unanswered: result.errors + result.timeouts,
  };
}
