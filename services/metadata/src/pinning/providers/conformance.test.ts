import { systemClock } from '@keyward/guard';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentCid } from '../../content-identifiers/document-cid.ts';
import { carBlock, carHeader } from '../../content-identifiers/unixfs/car.ts';
import { type CarSource, carSource } from '../content/car-source.ts';
import { createIpfsNetwork, startLoopbackPinata, startLoopbackPinningService } from '../testing/index.ts';
import type { Fault, LoopbackServer } from '../testing/loopback-server.ts';
import type { PinProvider, PinRequest } from './pin-provider.ts';
import { pinata } from './pinata/pinata.ts';
import { pinningService } from './pinning-service.ts';

const token = 'token-that-nobody-may-see';
const never = new AbortController().signal;
const access = { token, clock: systemClock, takePermit: async () => {}, timeoutMs: 100_000 };
/** What a provider that says nothing is given: the others have all the time that a busy machine needs. */
const impatient = { timeoutMs: 500 };

interface Bed {
  readonly provider: PinProvider;
  readonly server: LoopbackServer;
  /** What the provider keeps, by CID. */
  kept(): string[];
  answerCid(cid: string): void;
}

let network: ReturnType<typeof createIpfsNetwork>;
let bed: Bed;

const beds: Record<string, (more?: object) => Promise<Bed>> = {
  async pinata(more) {
    const server = await startLoopbackPinata({ token, network });
    return {
      server,
      provider: pinata({ ...access, ...more, ...server }),
      kept: () => [...server.files.values()].map(({ cid }) => cid),
      answerCid: (cid) => {
        server.cidOf = () => cid;
      },
    };
  },
  async 'pinata in pieces'(more) {
    const server = await startLoopbackPinata({ token, network, onePieceBytesMax: 10 });
    return {
      server,
      provider: pinata({ ...access, ...more, ...server, onePieceBytesMax: 10, pieceBytes: 50 }),
      kept: () => [...server.files.values()].map(({ cid }) => cid),
      answerCid: (cid) => {
        server.cidOf = () => cid;
      },
    };
  },
  async 'pinning service'(more) {
    const server = await startLoopbackPinningService({ token, network });
    return {
      server,
      provider: pinningService({
        ...{ ...access, ...more, url: server.url },
        origins: ['/dns4/ipfs.example.com/tcp/4001'],
      }),
      kept: () => [...server.pins.values()].map(({ pin }) => pin.cid),
      answerCid: (cid) => {
        server.cidOf = () => cid;
      },
    };
  },
};

function content(text: string): CarSource {
  const bytes = Buffer.from(text);
  const cid = documentCid(bytes);
  network.blocks.set(cid, bytes);
  return carSource(cid, async function* pieces() {
    yield carHeader(cid);
    yield carBlock({ cid, bytes });
  });
}

const request = (source: CarSource, more: Partial<PinRequest> = {}): PinRequest => ({
  cid: source.cid,
  name: 'keyward document ü"1',
  content: source,
  onUploadUrl: async () => {},
  ...more,
});
const failing = (...faults: (Fault | undefined)[]) => {
  bed.server.fault = () => faults.shift();
};

describe.each(Object.keys(beds))('%s', (name) => {
  const open = beds[name] as (more?: object) => Promise<Bed>;
  beforeEach(async () => {
    network = createIpfsNetwork();
    bed = await open();
  });
  afterEach(async () => {
    expect(bed.server.violations).toEqual([]);
    await bed.server[Symbol.asyncDispose]();
  });

  test('N6: what is sent is found by its CID, has a status, and is gone once removed; twice is no harm', async () => {
    const source = content('a'.repeat(300));
    expect(await bed.provider.find(source.cid, never)).toEqual([]);
    const sent = await bed.provider.send(request(source), never);
    expect(sent).toMatchObject({ cid: source.cid, state: 'pinned', isOurs: true });
    expect(await bed.provider.find(source.cid, never)).toMatchObject([{ id: sent.id }]);
    expect(await bed.provider.status(sent.id, never)).toMatchObject({ cid: source.cid, state: 'pinned' });
    await bed.provider.remove(sent.id, never);
    await bed.provider.remove(sent.id, never);
    expect(await bed.provider.status(sent.id, never)).toBeUndefined();
    expect(bed.kept()).toEqual([]);
  });

  test('N6: a CID that is not ours comes back as it is', async () => {
    const other = documentCid(Buffer.from('other'));
    bed.answerCid(other);
    expect((await bed.provider.send(request(content('mine')), never)).cid).toBe(other);
  });

  test('N6: work whose answer was lost is found by the CID, not done again', async () => {
    const source = content('b'.repeat(40));
    const isSending = ({ method }: { method: string }) => method === 'POST' || method === 'PATCH';
    let cuts = 0;
    bed.server.fault = (seen) =>
      isSending(seen) && bed.kept().length === 0 && cuts++ < 9 ? 'cut-after' : undefined;
    for (let tries = 0; tries < 6 && bed.kept().length === 0; tries++) {
      let uploadUrl: string | undefined;
      const told = async (url: string) => {
        uploadUrl = url;
      };
      await bed.provider.send(request(source, { onUploadUrl: told }), never).catch(() => {});
      if (uploadUrl !== undefined)
        await bed.provider.send(request(source, { uploadUrl }), never).catch(() => {});
      if (cuts > 1) bed.server.fault = () => undefined;
    }
    expect(await bed.provider.find(source.cid, never)).toHaveLength(1);
    expect(bed.kept()).toEqual([source.cid]);
  });

  test.each<[string, Fault, string]>([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, 'rate_limited'],
    ['401', { status: 401 }, 'credentials_refused'],
    ['402', { status: 402 }, 'plan_limit'],
    [
      '409 for lack of funds',
      { status: 409, body: { error: { reason: 'INSUFFICIENT_FUNDS' } } },
      'plan_limit',
    ],
    ['400', { status: 400 }, 'content_refused'],
    ['500', { status: 500 }, 'provider_unavailable'],
    ['503', { status: 503, headers: { 'retry-after': '3' } }, 'provider_unavailable'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'provider_answer'],
    ['garbage', 'garbage', 'provider_answer'],
    ['a cut', 'cut', 'provider_unavailable'],
    ['silence', 'silence', 'provider_unavailable'],
    ['our own headers', 'echo', 'provider_unavailable'],
  ])('N6: %s is told by its kind, without the token', async (_, fault, kind) => {
    if (fault === 'silence') {
      await bed.server[Symbol.asyncDispose]();
      bed = await open(impatient);
    }
    failing(fault);
    const error = await bed.provider.find(content('c').cid, never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ fault: kind });
    expect(`${(error as Error).message} ${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain(
      token,
    );
  });

  test('N6: Retry-After is read in seconds and as a date', async () => {
    const at = new Date(Date.now() + 3600_000).toUTCString();
    failing(
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 429, headers: { 'retry-after': at } },
    );
    const ask = () => bed.provider.find(content('d').cid, never).catch((error: unknown) => error);
    expect(await ask()).toMatchObject({ retryAfterMs: 7000 });
    const { retryAfterMs } = (await ask()) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(3500_000);
    expect(retryAfterMs).toBeLessThanOrEqual(3600_000);
  });
});

test('N6: an upload in pieces goes on where it broke off, and never begins at another address than Pinata’s', async () => {
  network = createIpfsNetwork();
  await using server = await startLoopbackPinata({ token, network });
  const provider = pinata({ ...access, ...server, onePieceBytesMax: 10, pieceBytes: 100 });
  const source = content('e'.repeat(1_000));
  let uploadUrl = '';
  let pieces = 0;
  const keepUrl = async (url: string) => {
    uploadUrl = url;
  };
  server.fault = ({ method }) => (method === 'PATCH' && ++pieces === 4 ? 'cut' : undefined);
  const first = provider.send(request(source, { onUploadUrl: keepUrl }), never);
  await expect(first).rejects.toMatchObject({ fault: 'provider_unavailable' });
  const sent = await provider.send(request(source, { uploadUrl }), never);
  expect(sent).toMatchObject({ cid: source.cid, state: 'pinned' });
  expect(server.sent.bytes).toBe(await source.bytes());
  expect(server.violations).toEqual([]);
  server.fault = ({ method }) =>
    method === 'POST' ? { status: 201, headers: { location: 'http://127.0.0.1:1/x' } } : undefined;
  const lured = provider.send(request(content('f'.repeat(99))), never);
  await expect(lured).rejects.toMatchObject({ fault: 'provider_answer' });
});

test('N6: an upload that does not get on is an answer that makes no sense, not an endless loop', async () => {
  network = createIpfsNetwork();
  await using server = await startLoopbackPinata({ token, network });
  const provider = pinata({ ...access, ...server, onePieceBytesMax: 10, pieceBytes: 100 });
  server.fault = ({ method }) =>
    method === 'PATCH' ? { status: 204, headers: { 'upload-offset': '0' } } : undefined;
  const ended = AbortSignal.timeout(5_000);
  const sent = provider.send(request(content('g'.repeat(999))), ended);
  await expect(sent).rejects.toMatchObject({ fault: 'provider_answer' });
});

test('D1: the token goes to no address of an upload that is not Pinata’s, wherever it was kept', async () => {
  network = createIpfsNetwork();
  await using server = await startLoopbackPinata({ token, network });
  await using elsewhere = await startLoopbackPinata({ token, network });
  const provider = pinata({ ...access, ...server, onePieceBytesMax: 10, pieceBytes: 100 });
  const source = content('h'.repeat(999));
  const uploadUrl = `${elsewhere.url}/v3/files/uploads/1`;
  const sent = await provider.send(request(source, { uploadUrl }), never);
  expect(sent).toMatchObject({ cid: source.cid, state: 'pinned' });
  expect(elsewhere.requests).toEqual([]);
});

test('N6: a pin that was never proven is replaced in one call; others of the account are left alone', async () => {
  network = createIpfsNetwork();
  await using server = await startLoopbackPinningService({ token, network });
  const provider = pinningService({ ...access, url: server.url });
  server.statusOf = () => 'queued';
  const old = await provider.send(request(content('old')), never);
  const theirs = {
    requestid: 'theirs',
    pin: { cid: content('new').cid },
    created: '2026',
    status: 'queued',
  } as const;
  server.pins.set('theirs', { ...theirs });
  const source = content('new');
  await provider.send(request(source, { replaces: old.id }), never);
  expect(server.requests.at(-1)?.url.pathname).toBe(`/pins/${old.id}`);
  expect([...server.pins.values()].map(({ pin }) => pin.cid)).toEqual([source.cid, source.cid]);
  expect(await provider.find(source.cid, never)).toHaveLength(1);
  expect(server.violations).toEqual([]);
});
