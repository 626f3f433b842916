import { z } from 'zod';
import { type PinProvider, type PinRequest, pinMark, pinNamePrefix, type RemotePin } from './pin-provider.ts';
import { PinningError } from './pinning-error.ts';
import { type ProviderAccess, type ProviderCalls, providerCalls } from './provider-calls.ts';

export interface PinningServiceOptions extends ProviderAccess {
  /** Address of the service, without `/pins`. */
  readonly url: string;
  /** Multiaddrs of peers that have the content. */
  readonly origins?: readonly string[];
}

const nameMax = 255;
const listMax = 1000;

const text = (max: number) => z.string().min(1).max(max);
const pinStatus = z.object({
  requestid: text(1000),
  status: z.enum(['queued', 'pinning', 'pinned', 'failed']),
  created: text(100),
  pin: z.object({
    cid: text(200),
    name: z.string().nullish(),
    meta: z.record(z.string(), z.string()).nullish(),
  }),
  delegates: z.array(z.string()),
  info: z.record(z.string(), z.unknown()).nullish(),
});
const pinResults = z.object({ count: z.number().int().min(0), results: z.array(pinStatus).max(listMax) });

/** The IPFS Pinning Service API (version 1): a service that fetches by CID what it is asked to keep. */
export function pinningService(options: PinningServiceOptions): PinProvider {
  const calls = providerCalls(options);
  const pins = `${options.url.replace(/\/+$/, '')}/pins`;
  const one = (id: string) => `${pins}/${encodeURIComponent(id)}`;
  const asRemote = (status: z.output<typeof pinStatus>) => remoteOf(status, calls);
  return {
    name: 'pinning-service',
    takesContent: false,
    async find(cid, signal) {
      const query = new URLSearchParams({ cid, limit: String(listMax) });
      // Without a status the service gives only those that it has finished.
      for (const status of ['queued', 'pinning', 'pinned', 'failed']) query.append('status', status);
      const found = await calls.json({ method: 'GET', url: `${pins}?${query}`, signal }, pinResults);
      // Another pin of the same account is somebody else's, which may go at any time.
      return (found?.results ?? []).map(asRemote).filter(({ isOurs }) => isOurs);
    },
    async status(id, signal) {
      const accepts = [200, 404];
      const found = await calls.json({ method: 'GET', url: one(id), accepts, signal }, pinStatus);
      return found && asRemote(found);
    },
    async send(request, signal) {
      const { replaces } = request;
      const body = bodyOf(request, options.origins ?? []);
      const call = { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal };
      // In one call, so that blocks that both have are not collected in between. What is gone cannot be replaced.
      const replaced =
        replaces === undefined
          ? undefined
          : await calls.json({ ...call, url: one(replaces), accepts: [202, 404] }, pinStatus);
      const made = replaced ?? (await calls.json({ ...call, url: pins, accepts: [202] }, pinStatus));
      if (made === undefined) throw new PinningError('provider_answer', 'The service made no pin.');
      return asRemote(made);
    },
    async remove(id, signal) {
      const response = await calls.send({ method: 'DELETE', url: one(id), accepts: [202, 404], signal });
      await response.body?.cancel();
    },
  };
}

function bodyOf({ cid, name }: PinRequest, origins: readonly string[]): string {
  return JSON.stringify({ cid, name: name.slice(0, nameMax), origins, meta: pinMark });
}

function remoteOf(found: z.output<typeof pinStatus>, calls: ProviderCalls): RemotePin {
  const { requestid: id, status, pin, info } = found;
  const said = info?.status_details;
  return {
    id,
    cid: pin.cid,
    // A service need not keep what `meta` says.
    isOurs: pin.meta?.keyward === pinMark.keyward || pin.name?.startsWith(pinNamePrefix) === true,
    state: status === 'pinned' || status === 'failed' ? status : 'pending',
    detail: typeof said === 'string' ? calls.words(said) : undefined,
  };
}
