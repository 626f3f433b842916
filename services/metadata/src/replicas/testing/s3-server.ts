/// <reference path="./s3rver.d.ts" />
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portToReturnTo } from '@keyward/guard/testing';
import S3rver from 's3rver';

export interface S3Server extends AsyncDisposable {
  /** For `S3_URL`, with a prefix. */
  readonly url: string;
  /** The keys of the objects that it keeps. */
  keys(): Promise<string[]>;
  /** Changes what it keeps behind its back: other bytes in place of an object, or nothing. */
  alter(key: string, bytes: Uint8Array | undefined): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A real S3 server on loopback, with a bucket, in a folder of its own; it can be away for a while. */
export async function s3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 's3-'));
  const port = await portToReturnTo();
  const open = async () => {
    const opened = new S3rver({
      ...{ address: '127.0.0.1', port, silent: true, directory },
      configureBuckets: [{ name: 'media' }],
    });
    await opened.run();
    return opened;
  };
  let server: S3rver | undefined = await open();
  const stop = async () => {
    await server?.close();
    server = undefined;
  };
  return {
    url: `s3://S3RVER:S3RVER@media/pre/fix?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`,
    async keys() {
      const files = await readdir(join(directory, 'media'), { recursive: true });
      return files.flatMap((name) => (name.endsWith('._S3rver_object') ? [name.slice(0, -15)] : []));
    },
    async alter(key, bytes) {
      const object = join(directory, 'media', `${key}._S3rver_object`);
      await (bytes === undefined ? rm(object) : writeFile(object, bytes));
    },
    stop,
    async start() {
      server ??= await open();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
