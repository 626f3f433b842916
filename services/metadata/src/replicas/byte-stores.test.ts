import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaPlace } from '../media/media-place.ts';
import { localDiskStore } from '../media/storage/local-disk-store.ts';
import { thumbnailUrl } from './imagekit/delivery-url.ts';
import { imageKitReplica } from './imagekit/imagekit-replica.ts';
import type { Replica, ReplicaItem } from './replica.ts';
import { parseS3Url } from './s3/parse-s3-url.ts';
import { s3Replica } from './s3/s3-replica.ts';
import { type LoopbackImageKit, loopbackImageKit } from './testing/loopback-imagekit.ts';
import { type S3Server, s3Server } from './testing/s3-server.ts';

type ByteStore = Pick<Replica, 'put' | 'open' | 'delete'>;

let folder: string;
let s3: S3Server;
let imageKit: LoopbackImageKit;
const stores: Record<string, () => ByteStore> = {
  local: () => {
    const store = localDiskStore(join(folder, 'files'));
    return {
      async put(item, file) {
        await copyFile(file, `${file}-copy`);
        await store.put(item, `${file}-copy`);
        return { kind: 'stored', remoteId: null, url: null };
      },
      open: (item, range) => store.open(item, range),
      delete: (item) => store.delete(item),
    };
  },
  s3: () => s3Replica(s3.url),
  imagekit: () => imageKitReplica(imageKit.options),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byte-stores-'));
  await mkdir(join(folder, 'files'));
  [s3, imageKit] = await Promise.all([s3Server(), loopbackImageKit()]);
});
afterAll(async () => {
  await Promise.all([s3[Symbol.asyncDispose](), imageKit[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();
let made = 0;

async function newFile(length: number): Promise<{ item: ReplicaItem; bytes: Buffer; file: string }> {
  made += 1;
  const bytes = randomBytes(length);
  const file = join(folder, `source-${made}`);
  await writeFile(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const item = {
    ...mediaPlace({ userId: 'ada', environment: 'live' }, sha256),
    type: 'image/png',
    bytes: length,
  } as const;
  return { item, bytes, file };
}

async function read(store: ByteStore, item: ReplicaItem, start = 0, end = item.bytes - 1): Promise<Buffer> {
  const stream = await store.open(item, { start, end }, signal);
  return Buffer.from(await new Response(stream).arrayBuffer());
}

describe.each(Object.keys(stores))('%s', (name) => {
  const open = () => stores[name]?.() as ByteStore;

  test.each([1, 70_000, 20 * 1024 * 1024 + 1])(
    'N6: %i bytes come back as they were, whole and in parts',
    async (length) => {
      const store = open();
      const { item, bytes, file } = await newFile(length);
      expect(await store.put(item, file, signal)).toMatchObject({ kind: 'stored' });
      expect((await read(store, item)).equals(bytes)).toBe(true);
      const [start, end] = [Math.floor(length / 2), length - 1];
      expect((await read(store, item, start, end)).equals(bytes.subarray(start))).toBe(true);
    },
  );

  test('N6: putting the same content again leaves one, and deleting it none', async () => {
    const store = open();
    const { item, bytes, file } = await newFile(10);
    await store.put(item, file, signal);
    const kept = await store.put(item, file, signal);
    expect((await read(store, item)).equals(bytes)).toBe(true);
    await store.delete(item, kept.kind === 'stored' ? kept.remoteId : null, signal);
    await expect(read(store, item)).rejects.toThrow();
    await store.delete(item, null, signal);
  });

  test('N6: what was put by a process that died is deleted without its knowledge', async () => {
    const store = open();
    const { item, file } = await newFile(10);
    await store.put(item, file, signal);
    await store.delete(item, null, signal);
    await expect(read(store, item)).rejects.toThrow();
  });

  test('N6: owners and environments do not meet', async () => {
    const store = open();
    const { item, file } = await newFile(10);
    await store.put(item, file, signal);
    const others = [
      { ...item, environment: 'test' as const },
      { ...item, ...mediaPlace({ userId: 'bob', environment: 'live' }, item.sha256) },
    ];
    for (const other of others) {
      await expect(read(store, other)).rejects.toThrow();
      await store.delete(other, null, signal);
    }
    expect(await read(store, item)).toHaveLength(10);
  });

  test('N6: a file that is not there is an error, and nothing is kept', async () => {
    const store = open();
    const { item, file } = await newFile(10);
    await expect(store.put(item, `${file}-missing`, signal)).rejects.toThrow();
    await expect(read(store, item)).rejects.toThrow();
  });
});

test('N6: nothing at S3 is given an ACL, and its URL is told to nobody', async () => {
  const { item, file } = await newFile(10);
  expect(await s3Replica(s3.url).put(item, file, signal)).toEqual({
    kind: 'stored',
    remoteId: null,
    url: null,
  });
  expect(await s3.keys()).toContain(
    `pre/fix/${item.ownerKey}/live/${item.sha256.slice(0, 2)}/${item.sha256}`,
  );
});

test.each([10, 20 * 1024 * 1024 + 1])('N6: %i bytes at S3 are read back and hashed', async (length) => {
  const { item, file } = await newFile(length);
  const store = s3Replica(s3.url);
  expect(await store.prove?.(item, signal)).toBe('missing');
  await store.put(item, file, signal);
  expect(await store.prove?.(item, signal)).toBe('same');
  const key = `pre/fix/${item.ownerKey}/live/${item.sha256.slice(0, 2)}/${item.sha256}`;
  await s3.alter(key, randomBytes(length));
  expect(await store.prove?.(item, signal)).toBe('altered');
  await s3.alter(key, randomBytes(length + 1));
  expect(await store.prove?.(item, signal)).toBe('altered');
});

test('N6: a file of this machine that is not what it was takes no place at S3', async () => {
  const { item, file } = await newFile(10);
  const store = s3Replica(s3.url);
  await store.put(item, file, signal);
  await writeFile(file, randomBytes(10));
  await expect(store.put(item, file, signal)).rejects.toThrow('not what it was');
  expect(await store.prove?.(item, signal)).toBe('same');
});

test.each(['put', 'delete', 'prove'] as const)(
  'O6: a store that says nothing does not hold up %s',
  async (call) => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    try {
      const store = s3Replica(`s3://key:secret@media?endpoint=${encodeURIComponent(endpoint)}`, 100);
      const { item, file } = await newFile(call === 'put' ? 9 * 1024 * 1024 : 10);
      const work = {
        put: () => store.put(item, file, signal),
        delete: () => store.delete(item, null, signal),
        prove: () => store.prove?.(item, signal),
      };
      await expect(work[call]()).rejects.toMatchObject({
        name: 'StoreAway',
        message: 'the store did not answer in time',
      });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  },
);

test.each(['s3', 'imagekit'])('O2: at %s nothing is begun for a node that stops', async (name) => {
  const { item, file } = await newFile(10);
  const ended = AbortSignal.abort(new Error('the node stops'));
  await expect(stores[name]?.().put(item, file, ended)).rejects.toThrow();
  // Whatever is left unhandled ends the process, and fails this run.
  await new Promise((resolve) => setTimeout(resolve, 50));
});

test('N6: parts of an upload that never ended go with the file', async () => {
  const { item } = await newFile(9 * 1024 * 1024);
  const key = `${item.ownerKey}/live/${item.sha256.slice(0, 2)}/${item.sha256}`;
  const asked: string[] = [];
  const unfinished = `<ListMultipartUploadsResult><Upload><Key>${key}</Key><UploadId>up-1</UploadId></Upload></ListMultipartUploadsResult>`;
  const server = createServer(({ method, url = '' }, response) => {
    asked.push(`${method} ${url.replace(/[?&]x-id=\w+/, '')}`);
    response.writeHead(method === 'GET' ? 200 : 204, { 'content-type': 'application/xml' });
    response.end(method === 'GET' ? unfinished : undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const store = s3Replica(`s3://key:secret@media?endpoint=${encodeURIComponent(endpoint)}`);
    await store.delete(item, null, signal);
    expect(asked).toContain(`DELETE /media/${key}`);
    expect(asked.at(-1)).toBe(`DELETE /media/${key}?uploadId=up-1`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('N6: a wrong key for a store is an error that does not name it', async () => {
  const { item, file } = await newFile(10);
  const strange = s3Replica(s3.url.replace('S3RVER:S3RVER@', 'nobody:hidden-secret@'));
  const stranger = imageKitReplica({ ...imageKit.options, privateKey: 'private_hidden-secret' });
  for (const store of [strange, stranger]) {
    const error: unknown = await store.put(item, file, signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'StoreAway',
      fault: 'credentials',
      message: expect.stringMatching(/40[13]/) as string,
    });
    expect(String(error)).not.toContain('hidden-secret');
  }
});

test('N6: ImageKit gets only what its plan takes, and its Retry-After is heard', async () => {
  const store = imageKitReplica(imageKit.options);
  const { item, file } = await newFile(10);
  expect(await store.put({ ...item, bytes: 40_000_001 }, file, signal)).toMatchObject({ kind: 'refused' });
  imageKit.faults.push({ status: 429, headers: { 'retry-after': '7' } });
  await expect(store.put(item, file, signal)).rejects.toMatchObject({
    name: 'StoreAway',
    retryAfterMs: 7_000,
  });
  imageKit.faults.push({ status: 400 });
  expect(await store.put(item, file, signal)).toMatchObject({ kind: 'refused' });
});

test('N6: what is deleted at ImageKit is purged from its delivery network; thumbnails are a URL', async () => {
  const store = imageKitReplica(imageKit.options);
  const { item, file } = await newFile(10);
  const kept = await store.put(item, file, signal);
  expect(kept).toMatchObject({
    url: `${imageKit.options.urlEndpoint}/keyward/${item.ownerKey}/live/${item.sha256}.png`,
  });
  await store.delete(item, kept.kind === 'stored' ? kept.remoteId : null, signal);
  expect(imageKit.purged.at(-1)).toContain(item.sha256);
  const video = { ...item, type: 'video/mp4' as const };
  expect(thumbnailUrl('https://ik.example/me', item, 256)).toMatch(
    /^https:\/\/ik\.example\/me\/tr:w-256,h-256,c-at_max\/keyward\/.*\.png$/,
  );
  expect(thumbnailUrl('https://ik.example/me', video, 64)).toMatch(/\.mp4\/ik-thumbnail\.jpg$/);
});

test.each([
  ['s3://b', { bucket: 'b', prefix: '', endpoint: undefined, region: undefined, credentials: undefined }],
  ['s3://b/x/y/?region=eu-1', { prefix: 'x/y', region: 'eu-1' }],
  ['s3://b?endpoint=http://127.0.0.1:9000', { endpoint: 'http://127.0.0.1:9000', region: 'us-east-1' }],
  ['s3://k:s%2Fx@b', { credentials: { accessKeyId: 'k', secretAccessKey: 's/x' } }],
])('N6: %s names a bucket', (url, place) => {
  expect(parseS3Url(url)).toMatchObject(place);
});

test.each([
  '',
  's3:',
  's3://',
  'https://b',
  's3://k@b',
  's3://b?acl=public',
  's3://b?endpoint=ftp://x',
  's3://b#x',
  's3://b/%E0%A4%A',
])('N6: "%s" names none', (url) => {
  expect(parseS3Url(url)).toBeUndefined();
});
