import { malformed, type RefusedFile } from '../../examine/job.ts';

export interface SampleRange {
  readonly start: number;
  readonly end: number;
}

type Tables = Readonly<Record<string, Buffer>>;

const broken = malformed('A sample table of the video is broken.');

/** Where a track's samples lie, a range for each chunk (ISO/IEC 14496-12, sections 8.7.3 to 8.7.5). */
export function sampleRanges(tables: Tables): readonly SampleRange[] | RefusedFile {
  try {
    const chunks = chunkOffsets(tables);
    if (chunks.length === 0) return [];
    const sizes = sampleSizes(tables);
    const runs = sampleCounts(tables.stsc);
    return rangesOf(chunks, sizes, runs);
  } catch (error) {
    // A table that says it is longer than it is.
    if (error instanceof RangeError || error instanceof TypeError) return broken;
    throw error;
  }
}

function chunkOffsets({ stco, co64 }: Tables): number[] {
  const table = stco ?? co64;
  if (!table) return [];
  const width = stco ? 4 : 8;
  const count = table.readUInt32BE(4);
  if (8 + count * width > table.length) throw new RangeError();
  return Array.from({ length: count }, (_, at) =>
    stco ? table.readUInt32BE(8 + at * 4) : Number(table.readBigUInt64BE(8 + at * 8)),
  );
}

interface Sizes {
  readonly count: number;
  /** Bytes of a sample. */
  of(index: number): number;
  /** When all are the same. */
  readonly each: number | undefined;
}

function sampleSizes({ stsz, stz2 }: Tables): Sizes {
  if (stsz) {
    const each = stsz.readUInt32BE(4);
    const count = stsz.readUInt32BE(8);
    if (each !== 0) return { count, each, of: () => each };
    if (12 + count * 4 > stsz.length) throw new RangeError();
    return { count, each: undefined, of: (index) => stsz.readUInt32BE(12 + index * 4) };
  }
  if (!stz2) throw new TypeError();
  const bits = stz2.readUInt8(7);
  const count = stz2.readUInt32BE(8);
  if (![4, 8, 16].includes(bits) || 12 + (count * bits) / 8 > stz2.length) throw new RangeError();
  const of = (index: number) => {
    if (bits === 16) return stz2.readUInt16BE(12 + index * 2);
    if (bits === 8) return stz2.readUInt8(12 + index);
    return (stz2.readUInt8(12 + (index >> 1)) >> (index % 2 === 0 ? 4 : 0)) & 15;
  };
  return { count, each: undefined, of };
}

interface Run {
  readonly firstChunk: number;
  readonly samples: number;
}

function sampleCounts(stsc: Buffer | undefined): Run[] {
  if (!stsc) throw new TypeError();
  const count = stsc.readUInt32BE(4);
  if (8 + count * 12 > stsc.length) throw new RangeError();
  return Array.from({ length: count }, (_, at) => ({
    firstChunk: stsc.readUInt32BE(8 + at * 12),
    samples: stsc.readUInt32BE(12 + at * 12),
  }));
}

function rangesOf(chunks: readonly number[], sizes: Sizes, runs: readonly Run[]): SampleRange[] {
  const ranges: SampleRange[] = [];
  let sample = 0;
  let run = 0;
  for (const [at, start] of chunks.entries()) {
    while ((runs[run + 1]?.firstChunk ?? Number.POSITIVE_INFINITY) <= at + 1) run += 1;
    const samples = Math.min(runs[run]?.samples ?? 0, sizes.count - sample);
    let bytes = (sizes.each ?? 0) * samples;
    if (sizes.each === undefined) {
      for (let index = sample; index < sample + samples; index += 1) bytes += sizes.of(index);
    }
    sample += samples;
    ranges.push({ start, end: start + bytes });
  }
  return ranges;
}
