import type { JournalFinding } from '../journal/journal-finding.ts';
import { readNodeId } from '../journal/node-id.ts';
import { connect } from './connect.ts';
import { flushAllSums } from './flush-sums.ts';
import { shipBatch, shippingLimits } from './ship-batch.ts';

export interface ShipOnceOptions {
  readonly databaseUrl: string;
  /** The folder of any journal: of this node, which may be running, or of one that never came back. */
  readonly folder: string;
  /** Told of each batch as it is committed. */
  readonly onBatch?: (entries: number) => void;
}

export interface ShipOnceResult {
  readonly entries: number;
  readonly findings: readonly JournalFinding[];
}

/**
 * Ships all that the journal holds now, from the calling process, and makes rows of what was summed so far (A1).
 * Throws when the database is away.
 */
export async function shipOnce(options: ShipOnceOptions): Promise<ShipOnceResult> {
  const nodeId = await readNodeId(options.folder);
  if (nodeId === undefined) return { entries: 0, findings: [] };
  const client = await connect(options.databaseUrl);
  const source = {
    client,
    nodeId,
    folder: options.folder,
    limits: shippingLimits,
    months: new Set<string>(),
    position: undefined,
  };
  let entries = 0;
  const findings: JournalFinding[] = [];
  try {
    for (;;) {
      const batch = await shipBatch(source);
      if (batch.isCaughtUp) break;
      entries += batch.entries;
      findings.push(...batch.findings);
      options.onBatch?.(batch.entries);
    }
    await flushAllSums(client, source.months);
    return { entries, findings };
  } finally {
    await client.end();
  }
}
