import { type Problem, refuse } from '@keyward/guard';
import type { ExaminedFile } from './examine/job.ts';
import { type MediaOwner, ownerKeyOf } from './media-place.ts';
import type { MediaSetting } from './media-setting.ts';
import type { MediaRow } from './media-table.ts';
import type { StoredFile } from './receive/file-sink.ts';
import { keepMedia } from './records/keep-media.ts';

/** A file that has arrived whole and waits to be examined. */
export interface Arrival extends StoredFile {
  /** Of the row to be made. */
  readonly id: string;
  readonly owner: MediaOwner;
  readonly path: string;
  /** Where its copy without metadata may be written. */
  readonly cleanPath: string;
  readonly name: string;
  readonly visibility: MediaRow['visibility'];
  readonly preserve: boolean;
}

export const overloaded = refuse('overloaded', { headers: { 'retry-after': '5' } });

/** Examines a file and keeps it. Until its row is committed nothing of it can be reached (U1). */
export async function admitFile(
  setting: MediaSetting,
  arrival: Arrival,
  signal: AbortSignal,
): Promise<MediaRow | Problem> {
  const outcome = await setting.pool.run({
    kind: 'examine',
    file: arrival.path,
    cleanFile: arrival.cleanPath,
    type: arrival.type,
    preserveMetadata: arrival.preserve,
  });
  if (outcome.kind === 'busy') return overloaded;
  if (outcome.kind !== 'examined') {
    const code = outcome.kind === 'malformed' ? 'invalid_file_type' : 'file_too_large';
    return refuse(code, { detail: outcome.reason });
  }
  if (signal.aborted) return refuse('malformed_request', { detail: 'The client went away.' });
  const row = rowOf(setting, arrival, outcome);
  return (await keepMedia(setting, row, outcome.file)) ?? row;
}

function rowOf({ clock, receipts }: MediaSetting, arrival: Arrival, file: ExaminedFile): MediaRow {
  const { owner } = arrival;
  const { type, bytes, sha256, cid, width, height, frames, durationMs, originalSha256 } = file;
  const row: MediaRow = {
    ...{ type, bytes, sha256, cid, width, height, frames, durationMs, originalSha256 },
    id: arrival.id,
    userId: owner.userId,
    ownerKey: ownerKeyOf(owner.userId),
    environment: owner.environment,
    name: arrival.name,
    visibility: arrival.visibility,
    metadataPreserved: arrival.preserve,
    originalBytes: arrival.bytes,
    receipt: null,
    createdAt: new Date(clock.now()),
  };
  return { ...row, receipt: receipts.issue(row, file.checks) };
}
