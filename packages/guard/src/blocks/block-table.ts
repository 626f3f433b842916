import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Address, parseAddress } from '../addresses/address.ts';
import { isLoopback } from '../addresses/address-group.ts';
import { parseRange, rangeContains } from '../addresses/range.ts';
import { remember } from '../addresses/remember.ts';
import type { Clock } from '../clock.ts';
import { blocksMax } from './add-block.ts';
import type { Blocks } from './block-refusal.ts';
import { PrefixTable } from './prefix-table.ts';

/** A row of the table as a node reads it. */
export interface BlockRow {
  readonly id: string;
  readonly subject: string;
  readonly expiresAtMs: number | null;
  readonly isRemoved: boolean;
}

export interface BlockTableOptions {
  readonly clock: Clock;
  /** Ranges and addresses that are not blocked whatever the table says, beside loopback (M3). */
  readonly neverBlock?: readonly string[];
  /** Default 100,000, about 300 bytes each. Beyond it, those that are kept stay and further ones do not hold. */
  readonly entriesMax?: number;
  /** Called for each row that there is no room for. */
  readonly onFull?: () => void;
}

/** The blocks in force, in a node's memory. */
export interface BlockTable extends Blocks {
  /** Rows that were added or have changed, those that ended first. */
  put(rows: readonly BlockRow[]): Promise<void>;
  /** These rows and no others. Those from before hold until it is done. */
  replace(rows: readonly BlockRow[]): Promise<void>;
  readonly size: number;
}

interface Kept {
  readonly id: string;
  readonly endsAtMs: number;
}

/** Read in between requests: a hundred thousand rows at once would hold them up. */
const rowsAtOnce = 200;

export function createBlockTable(options: BlockTableOptions): BlockTable {
  const { clock, entriesMax = blocksMax, onFull = () => {} } = options;
  const never = (options.neverBlock ?? []).flatMap((text) => parseRange(text) ?? []);
  const parsed = remember(4096, (text): Address | 'none' => parseAddress(text) ?? 'none');
  let table = new PrefixTable<Kept>();

  const putInto = (into: PrefixTable<Kept>, { id, subject, expiresAtMs, isRemoved }: BlockRow): void => {
    // Plain SQL may have written anything.
    const range = parseRange(subject);
    if (range === undefined) return;
    const known = into.get(range);
    const endsAtMs = expiresAtMs ?? Number.POSITIVE_INFINITY;
    if (isRemoved || endsAtMs <= clock.now()) {
      // Another row of the subject may be in force by now.
      if (known?.id === id) into.delete(range);
    } else if (known !== undefined || into.size < entriesMax) into.set(range, { id, endsAtMs });
    else onFull();
  };

  const putAll = async (into: PrefixTable<Kept>, rows: readonly BlockRow[]): Promise<void> => {
    for (const [at, row] of rows.entries()) {
      putInto(into, row);
      if (at % rowsAtOnce === rowsAtOnce - 1) await nextTurn();
    }
  };

  return {
    endsAtMs(text) {
      if (table.size === 0) return undefined;
      const address = parsed(text);
      if (address === 'none') return undefined;
      const nowMs = clock.now();
      let endsAtMs = nowMs;
      for (const kept of table.holding(address.bytes)) endsAtMs = Math.max(endsAtMs, kept.endsAtMs);
      if (endsAtMs === nowMs || isLoopback(text) || rangeContains(never, address)) return undefined;
      return endsAtMs;
    },
    put: (rows) => putAll(table, rows),
    async replace(rows) {
      const next = new PrefixTable<Kept>();
      await putAll(next, rows);
      table = next;
    },
    get size() {
      return table.size;
    },
  };
}
