import autocannon from 'autocannon';
import { type LoadFigures, type LoadGenerator, type LoadOptions, loadBody, loadHeaders } from './load.ts';

/** autocannon, which npm brings: everywhere, but on one core itself no faster than the fastest server here. */
export const autocannonLoad: LoadGenerator = { name: 'autocannon', run };

async function run({ url, connections, seconds, keys }: LoadOptions): Promise<LoadFigures> {
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    body: loadBody,
    headers: loadHeaders,
    // Each connection has a share of the keys, so that no two send the same one at a time.
    setupClient(client) {
      const share = keys.filter((_, at) => at % connections === next % connections);
      next += 1;
      client.setRequests(share.map((key) => ({ headers: { ...loadHeaders, 'x-api-key': key } })));
    },
  });
  return {
    requests: result.requests.total,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts,
  };
}
