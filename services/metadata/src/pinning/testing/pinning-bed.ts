import { Readable } from 'node:stream';
import type { KeyCaller, Reply } from '@keyward/guard';
import { createMetadataBed, type MetadataBed } from '../../testing/metadata-bed.ts';
import { createPinning, type Pinning, type PinningSettings } from '../create-pinning.ts';
import type { PinRow } from '../pins-table.ts';
import {
  createIpfsNetwork,
  type IpfsNetwork,
  type LoopbackGateway,
  type LoopbackPinata,
  type LoopbackPinningService,
  startLoopbackGateway,
  startLoopbackPinata,
  startLoopbackPinningService,
} from './index.ts';

export const bedToken = 'token-that-nobody-may-see';

export interface PinningBed extends AsyncDisposable {
  readonly metadata: MetadataBed;
  readonly network: IpfsNetwork;
  readonly pinata: LoopbackPinata;
  readonly service: LoopbackPinningService;
  readonly gateway: LoopbackGateway;
  readonly pinning: Pinning;
  /** Runs one of the jobs once. */
  run(job: string, signal?: AbortSignal): Promise<void>;
  /** Notes changes, then sends, once each. */
  turn(): Promise<void>;
  /** Every pin's row, oldest first. */
  pins(): Promise<PinRow[]>;
  /** Lets every pin be tried now. */
  makeDue(): Promise<void>;
  call(route: keyof Pinning['handlers'], caller: KeyCaller, input: object): Promise<Answer>;
}

export interface Answer {
  readonly status: number | undefined;
  readonly code: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer differs from route to route.
  readonly body: any;
}

/** Pinning with providers on this machine, on a database of its own, its jobs run by the test. */
export async function createPinningBed(only: readonly ('pinata' | 'service')[]): Promise<PinningBed> {
  const metadata = await createMetadataBed();
  const network = createIpfsNetwork();
  const token = bedToken;
  const pinata = await startLoopbackPinata({ token, network });
  const service = await startLoopbackPinningService({ token, network });
  const gateway = await startLoopbackGateway(network);
  const requestsPerMinute = 60_000;
  const settings: PinningSettings = {
    ...(only.includes('pinata') && {
      pinata: { token, requestsPerMinute, apiUrl: pinata.apiUrl, uploadsUrl: pinata.uploadsUrl },
    }),
    ...(only.includes('service') && {
      service: { token, requestsPerMinute, url: service.url, origins: [] },
    }),
    gatewayUrl: gateway.url,
    gatewayRequestsPerMinute: requestsPerMinute,
    settleMs: 0,
  };
  const store = {
    open: async () =>
      Readable.toWeb(Readable.from([Buffer.from('a media file')])) as ReadableStream<Uint8Array>,
  } as unknown as Parameters<typeof createPinning>[0]['store'];
  const { database, clock } = metadata;
  const pinning = createPinning({ database, clock, store, settings });
  await pinning.start();
  const log = { info() {}, warn() {}, error() {} };
  const bed: PinningBed = {
    ...{ metadata, network, pinata, service, gateway, pinning },
    async run(name, signal = new AbortController().signal) {
      const job = pinning.jobs.find((one) => one.name === name);
      await job?.run(undefined, { signal, clock, log });
    },
    async turn() {
      await bed.run('metadata-pin-collections');
      await bed.run('metadata-pins');
    },
    async pins() {
      const { rows } =
        await database.pool.query(`SELECT id, provider, kind, object_id AS "objectId", cid, wish, state,
        reason, detail, tries, next_try_at AS "nextTryAt", provider_id AS "providerId", provider_cid AS "providerCid",
        check_result AS "checkResult", check_detail AS "checkDetail", check_block AS "checkBlock",
        check_blocks AS "checkBlocks", next_check_at AS "nextCheckAt", repairs, claims FROM pins ORDER BY ordinal`);
      return rows;
    },
    async makeDue() {
      const now = new Date(clock.now());
      await database.pool.query('UPDATE pin_quotas SET blocked_until = NULL');
      await database.pool.query('UPDATE pins SET next_try_at = $1 WHERE next_try_at IS NOT NULL', [now]);
    },
    async call(route, caller, input) {
      const handler = pinning.handlers[route] as (input: unknown, context: unknown) => Reply | Promise<Reply>;
      const reply = await handler(input, { caller, audited: () => {} });
      const isJson = reply.kind === 'json';
      return {
        status: isJson ? reply.status : undefined,
        code: reply.kind === 'problem' ? reply.code : undefined,
        body: isJson ? reply.body : undefined,
      };
    },
    async [Symbol.asyncDispose]() {
      for (const part of [pinata, service, gateway, metadata]) await part[Symbol.asyncDispose]();
    },
  };
  return bed;
}
