import { randomBytes } from 'node:crypto';
import {
  createIpfsNetwork,
  type IpfsNetwork,
  type LoopbackGateway,
  type LoopbackPinata,
  type LoopbackPinningService,
  startLoopbackGateway,
  startLoopbackPinata,
  startLoopbackPinningService,
} from '@keyward/metadata/loopback-ipfs';

export interface IpfsProviders extends AsyncDisposable {
  readonly network: IpfsNetwork;
  readonly pinata: LoopbackPinata;
  readonly service: LoopbackPinningService;
  readonly gateway: LoopbackGateway;
  /** Tokens that nobody may see again. */
  readonly secrets: readonly string[];
  /** Settings of a product that pins at both. */
  readonly environment: Readonly<Record<string, string>>;
  /** CIDs that each provider keeps. */
  kept(): { pinata: string[]; service: string[] };
  violations(): string[];
}

/** Both kinds of provider and a gateway, all on this machine, on one network. */
export async function startIpfsProviders(requestsPerMinute = 6_000): Promise<IpfsProviders> {
  const network = createIpfsNetwork();
  const secrets = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const [jwt = '', token = ''] = secrets;
  const pinata = await startLoopbackPinata({ token: jwt, network, requestsPerMinute });
  const service = await startLoopbackPinningService({ token, network, requestsPerMinute });
  const gateway = await startLoopbackGateway(network);
  return {
    ...{ network, pinata, service, gateway, secrets },
    environment: {
      PINATA_JWT: jwt,
      PINATA_API_URL: pinata.apiUrl,
      PINATA_UPLOADS_URL: pinata.uploadsUrl,
      PINATA_REQUESTS_PER_MINUTE: String(requestsPerMinute),
      PINNING_SERVICE_URL: service.url,
      PINNING_SERVICE_TOKEN: token,
      PINNING_SERVICE_REQUESTS_PER_MINUTE: String(requestsPerMinute),
      PINNING_GATEWAY_URL: gateway.url,
      PINNING_GATEWAY_REQUESTS_PER_MINUTE: String(requestsPerMinute),
      PINNING_DELAY: '1s',
      PINNING_AUDIT_EVERY: '2s',
    },
    kept: () => ({
      pinata: [...pinata.files.values()].map(({ cid }) => cid),
      service: [...service.pins.values()].map(({ pin }) => pin.cid),
    }),
    violations: () => [...pinata.violations, ...service.violations, ...gateway.violations],
    async [Symbol.asyncDispose]() {
      for (const server of [pinata, service, gateway]) await server[Symbol.asyncDispose]();
    },
  };
}
