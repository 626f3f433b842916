/** A `pg_snapshot`: which transactions are over. Its text form is `xmin:xmax:` and those in between that still ran. */
export interface Snapshot {
  /** All before are over. */
  readonly xmin: bigint;
  /** From here on none is. */
  readonly xmax: bigint;
  readonly running: readonly bigint[];
}

export function parseSnapshot(text: string): Snapshot {
  const [xmin = '', xmax = '', running = ''] = text.split(':');
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    running: running === '' ? [] : running.split(',').map(BigInt),
  };
}

export function formatSnapshot({ xmin, xmax, running }: Snapshot): string {
  return `${xmin}:${xmax}:${running.join(',')}`;
}

/** The snapshot of the moment when nothing from `end` on was over. */
export function cutBefore({ xmin, xmax, running }: Snapshot, end: bigint): Snapshot {
  return {
    xmin: xmin < end ? xmin : end,
    xmax: xmax < end ? xmax : end,
    running: running.filter((transaction) => transaction < end),
  };
}

/** The same as PostgreSQL's `pg_visible_in_snapshot`. */
export function isVisible(transaction: bigint, { xmin, xmax, running }: Snapshot): boolean {
  return transaction < xmin || (transaction < xmax && !running.includes(transaction));
}
