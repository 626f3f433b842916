import { createWriteStream } from 'node:fs';
import { mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Clock, type Problem, refuse, uuidv7 } from '@keyward/guard';
import type { ExaminePool } from '../examine/examine-pool.ts';
import { type MediaPlace, mediaPlace } from '../media-place.ts';
import type { MediaRow } from '../media-table.ts';
import { isImageType } from '../media-type.ts';
import { openWorkspace } from '../receive/workspace.ts';
import { readFileRange } from '../storage/file-range.ts';
import type { ByteRange, MediaStore } from '../storage/media-store.ts';
import type { ThumbnailSize } from './thumbnail-size.ts';

export interface ThumbnailsOptions {
  /** Where they are kept: a folder of this node, which may be deleted at any time. */
  readonly folder: string;
  readonly incoming: string;
  readonly pool: ExaminePool;
  readonly clock: Clock;
  /** Where the files themselves are. */
  readonly store: MediaStore;
}

export interface ReadyThumbnail {
  readonly kind: 'thumbnail';
  readonly bytes: number;
  open(range: ByteRange): ReadableStream<Uint8Array>;
}

export interface Thumbnails {
  /** Makes it the first time, whoever asks at once. Refuses with `not_found` for videos and `overloaded`. */
  get(row: MediaRow, size: ThumbnailSize): Promise<ReadyThumbnail | Problem>;
  /** Removes all of one content. */
  forget(place: MediaPlace): Promise<void>;
  /** Every content that there are some of. */
  list(): AsyncIterable<MediaPlace>;
}

const ofVideo = refuse('not_found', { detail: 'Videos have no thumbnails.' });
const notMade = refuse('not_found', { detail: 'There is no thumbnail of this file.' });
const overloaded = refuse('overloaded', { headers: { 'retry-after': '5' } });

/** Thumbnails beside the files, kept by content within one owner and environment as they are. */
export function createThumbnails(options: ThumbnailsOptions): Thumbnails {
  const making = new Map<string, Promise<Problem | undefined>>();
  const folderOf = ({ ownerKey, environment, sha256 }: MediaPlace) =>
    join(options.folder, `${ownerKey}-${environment}-${sha256}`);
  return {
    async get(row, size) {
      if (!isImageType(row.type)) return ofVideo;
      const file = join(folderOf(mediaPlace(row, row.sha256)), `${size}.webp`);
      const there = await readyAt(file);
      if (there) return there;
      const made = making.get(file) ?? make(options, row, size, file).finally(() => making.delete(file));
      making.set(file, made);
      return (await made) ?? (await readyAt(file)) ?? notMade;
    },
    forget: (place) => rm(folderOf(place), { recursive: true, force: true }),
    list: () => list(options.folder),
  };
}

async function readyAt(file: string): Promise<ReadyThumbnail | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && { kind: 'thumbnail', bytes: found.size, open: (range) => readFileRange(file, range) };
}

async function make(
  { clock, incoming, pool, store }: ThumbnailsOptions,
  row: MediaRow,
  size: ThumbnailSize,
  file: string,
): Promise<Problem | undefined> {
  if (!isImageType(row.type)) return ofVideo;
  await using workspace = await openWorkspace(incoming, uuidv7(clock.now()));
  const source = workspace.path('source');
  const target = workspace.path('target');
  const bytes = await store.open(mediaPlace(row, row.sha256), { start: 0, end: row.bytes - 1 });
  await pipeline(Readable.fromWeb(bytes), createWriteStream(source, { mode: 0o600 }));
  const job = {
    kind: 'thumbnail',
    file: source,
    target,
    type: row.type,
    sidePixelsMax: Number(size),
  } as const;
  const outcome = await pool.run(job);
  if (outcome.kind === 'busy') return overloaded;
  if (outcome.kind !== 'thumbnail') return notMade;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await rename(target, file);
  return undefined;
}

async function* list(folder: string): AsyncGenerator<MediaPlace> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for await (const { name } of await opendir(folder)) {
    const [, ownerKey, environment, sha256] = /^([0-9a-f]{32})-(live|test)-([0-9a-f]{64})$/.exec(name) ?? [];
    if (ownerKey === undefined || sha256 === undefined) continue;
    yield { ownerKey, environment: environment === 'test' ? 'test' : 'live', sha256 };
  }
}
