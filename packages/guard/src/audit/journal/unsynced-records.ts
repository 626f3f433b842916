import type { Segment } from './open-segment.ts';

/** A record that is in a file, and not on the disk yet. */
export interface UnsyncedRecord {
  readonly record: Buffer;
  segment: Segment;
}

/** What has been written and not yet synced, in order. */
export class UnsyncedRecords {
  #records: UnsyncedRecord[] = [];
  #byteLength = 0;

  get count(): number {
    return this.#records.length;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get all(): readonly UnsyncedRecord[] {
    return this.#records;
  }

  /** The segments that hold any of them. */
  get segments(): Set<Segment> {
    return new Set(this.#records.map(({ segment }) => segment));
  }

  add(record: Buffer, segment: Segment): void {
    this.#records.push({ record, segment });
    this.#byteLength += record.length;
  }

  /** The first `count` are on the disk. */
  forget(count: number): void {
    for (const { record } of this.#records.splice(0, count)) this.#byteLength -= record.length;
  }
}
