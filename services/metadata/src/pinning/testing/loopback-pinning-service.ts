import { randomUUID } from 'node:crypto';
import { CID } from 'multiformats/cid';
import { z } from 'zod';
import { createIpfsNetwork, type IpfsNetwork } from './ipfs-network.ts';
import {
  type Answer,
  type LoopbackOptions,
  type LoopbackServer,
  type SeenRequest,
  startLoopbackServer,
} from './loopback-server.ts';

const pinSchema = z.strictObject({
  cid: z.string().refine((text) => CID.parse(text) !== undefined),
  name: z.string().max(255).optional(),
  origins: z.array(z.string().startsWith('/')).max(20).optional(),
  meta: z.record(z.string(), z.string()).optional(),
});
type Pin = z.output<typeof pinSchema>;
type Status = 'queued' | 'pinning' | 'pinned' | 'failed';

export interface KeptPin {
  readonly requestid: string;
  readonly pin: Pin;
  readonly created: string;
  status: Status;
}

export interface LoopbackPinningService extends LoopbackServer {
  readonly pins: Map<string, KeptPin>;
  /** What a pin's status is when somebody asks. Default: pinned at once when the network has all of it. */
  statusOf: (pin: KeptPin) => Status;
  /** In place of the CID that was asked for. */
  cidOf: (cid: string) => string;
}

/** The IPFS Pinning Service API 1.0 by its specification. */
export async function startLoopbackPinningService(
  options: LoopbackOptions & { readonly network?: IpfsNetwork },
): Promise<LoopbackPinningService> {
  const { network = createIpfsNetwork() } = options;
  const pins = new Map<string, KeptPin>();
  const server = await startLoopbackServer(options, (request, violate) => {
    const [, area, id, more] = request.url.pathname.split('/');
    if (area !== 'pins' || more !== undefined) {
      violate('no such endpoint');
      return failure(404, 'NOT_FOUND');
    }
    if (id === undefined) return request.method === 'GET' ? list(request, violate) : add(request, violate);
    if (!pins.has(id)) return failure(404, 'NOT_FOUND');
    if (request.method === 'GET') return { status: 200, body: presented(pins.get(id) as KeptPin) };
    if (request.method === 'POST') {
      const added = add(request, violate);
      if (added.status === 202) pins.delete(id);
      return added;
    }
    pins.delete(id);
    return { status: 202 };
  });
  const service: LoopbackPinningService = Object.assign(server, {
    pins,
    statusOf: ({ pin }: KeptPin): Status => (network.has(pin.cid) ? 'pinned' : 'pinning'),
    cidOf: (cid: string) => cid,
  });
  return service;

  function presented(kept: KeptPin) {
    kept.status = service.statusOf(kept);
    const pin = { ...kept.pin, cid: service.cidOf(kept.pin.cid) };
    const info = kept.status === 'failed' ? { info: { status_details: 'the DAG was not found' } } : {};
    return { ...kept, pin, delegates: ['/dns4/pins.example.com/tcp/4001'], ...info };
  }

  function add(request: SeenRequest, violate: (what: string) => void): Answer {
    if (request.headers['content-type'] !== 'application/json') violate('no JSON');
    const parsed = pinSchema.safeParse(JSON.parse(request.body.toString()));
    if (!parsed.success) {
      violate(parsed.error.message);
      return failure(400, 'BAD_REQUEST');
    }
    // Unique, since it is what pages are asked for by.
    const created = new Date(Date.UTC(2026, 0, 1) + pins.size * 1000 + Math.random() * 999).toISOString();
    const kept: KeptPin = { requestid: randomUUID(), status: 'queued', created, pin: parsed.data };
    pins.set(kept.requestid, kept);
    return { status: 202, body: presented(kept) };
  }

  function list({ url: { searchParams: query } }: SeenRequest, violate: (what: string) => void): Answer {
    const cids = query.getAll('cid');
    const limit = Number(query.get('limit') ?? 10);
    if (cids.length > 10 || limit < 1 || limit > 1000) violate('parameters out of bounds');
    const statuses = query.getAll('status');
    const wanted = statuses.length === 0 ? ['pinned'] : statuses;
    const found = [...pins.values()]
      .map(presented)
      .filter((pin) => (cids.length === 0 || cids.includes(pin.pin.cid)) && wanted.includes(pin.status));
    return { status: 200, body: { count: found.length, results: found.slice(0, limit) } };
  }
}

function failure(status: number, reason: string): Answer {
  return { status, body: { error: { reason, details: 'said by the loopback service' } } };
}
