import { localDiskStore } from '../../media/storage/local-disk-store.ts';
import { still } from '../../media/testing/image-fixtures.ts';
import { formOf, type MediaHarness, openMediaHarness } from '../../media/testing/media-harness.ts';
import type { Replica } from '../replica.ts';
import { replicateMedia } from '../replicate-media.ts';
import { configuredStores, openReplicas, type StoreOptions } from '../store-options.ts';
import { type LoopbackImageKit, loopbackImageKit } from './loopback-imagekit.ts';
import { type S3Server, s3Server } from './s3-server.ts';

interface Shown {
  readonly id: string;
  readonly stores: readonly { readonly name: string; readonly state: string }[];
}

/** Media with both stores beside them, and the job that brings files there. */
export class ReplicationBed implements AsyncDisposable {
  readonly media: MediaHarness;
  readonly s3: S3Server;
  readonly imageKit: LoopbackImageKit;
  /** The stores as the operator has configured them. */
  options: StoreOptions;
  readonly logged: string[] = [];

  static async open(): Promise<ReplicationBed> {
    return new ReplicationBed(...(await Promise.all([openMediaHarness(), s3Server(), loopbackImageKit()])));
  }

  private constructor(media: MediaHarness, s3: S3Server, imageKit: LoopbackImageKit) {
    this.media = media;
    this.s3 = s3;
    this.imageKit = imageKit;
    this.options = { s3Url: s3.url, imageKit: imageKit.options };
  }

  job(open: () => Promise<readonly Replica[]> = () => openReplicas(this.options)) {
    const { database, folder } = this.media;
    const local = localDiskStore(`${folder}/files`);
    return replicateMedia({ database, local, stores: configuredStores(this.options), open });
  }

  /** One run of the job. */
  async pass(work = this.job(), signal: AbortSignal = new AbortController().signal): Promise<void> {
    const write = (...said: unknown[]) => void this.logged.push(JSON.stringify(said));
    const log = { info: write, warn: write, error: write };
    await work.run(undefined, { clock: this.media.clock, log, signal });
  }

  /** An image of its own for each seed. Returns its id. */
  async upload(seed: number, visibility = 'private'): Promise<string> {
    const content = await still(seed).png().toBuffer();
    const made = await this.media.upload(formOf(content), { visibility });
    if (made.status !== 201) throw new Error(`the upload was answered ${made.status}`);
    return (made.body as Shown).id;
  }

  /** The state of a file at each store. */
  async storesOf(id: string): Promise<Record<string, string>> {
    const shown = await this.media.call(this.media.media.handlers.getMedia, { params: { id } });
    return Object.fromEntries((shown.body as Shown).stores.map(({ name, state }) => [name, state]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.media, this.s3, this.imageKit].map((each) => each[Symbol.asyncDispose]()));
  }
}
