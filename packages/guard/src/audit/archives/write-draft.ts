import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArchiveLine } from './archive-line.ts';
import { sealPersonalPart } from './archive-line.ts';
import type { Month } from './month.ts';
import type { PersonKey, PersonKeys } from './person-keys.ts';
import type { MonthRow } from './read-month.ts';
import { rowSubjects } from './row-subjects.ts';

export interface Draft {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: Buffer;
}

/** Writes rows as an archive to a new local file, and its digest on the way; memory does not grow with the rows. */
export async function writeDraft(
  path: string,
  month: Month,
  batches: AsyncIterable<readonly MonthRow[]>,
  personKeys: PersonKeys,
  signal?: AbortSignal,
): Promise<Draft> {
  const digest = createHash('sha256');
  let rows = 0;
  let bytes = 0;
  async function* lines(): AsyncGenerator<Buffer> {
    for await (const batch of batches) {
      if (batch.length === 0) continue;
      rows += batch.length;
      yield Buffer.from(await textOf(batch, month, personKeys));
    }
  }
  async function* digested(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      digest.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(
    Readable.from(lines()),
    createGzip(),
    digested,
    file,
    signal === undefined ? {} : { signal },
  );
  return { rows, bytes, sha256: digest.digest() };
}

async function textOf(batch: readonly MonthRow[], month: Month, personKeys: PersonKeys): Promise<string> {
  const subjects = batch.map((row) => rowSubjects(row.open.split('\t'), month));
  const keys = await personKeys.ofSubjects(new Set(subjects.flat()));
  const keysOf = (at: number): PersonKey[] =>
    (subjects[at] ?? []).map((subject) => {
      const key = keys.get(subject);
      if (key === undefined) throw new Error('a key of an archive was not made');
      return key;
    });
  return batch.map((row, at) => `${JSON.stringify(lineOf(row, keysOf(at), month))}\n`).join('');
}

function lineOf(
  { seq, open, commitment, personal }: MonthRow,
  keys: readonly PersonKey[],
  month: Month,
): ArchiveLine {
  const sealed = personal === undefined ? null : sealPersonalPart(personal, keys, month, seq);
  return { seq, open, commitment: commitment.toString('base64'), keys: keys.map(({ id }) => id), sealed };
}
