import type { ClientBase } from 'pg';
import { fromBytes } from '../merkle.ts';
import type { FindingList } from './findings.ts';
import type { ArchivedLeaf, LeafSource } from './leaf-source.ts';
import type { SeqSet } from './seq-set.ts';

export interface ArchivesSummary {
  verified: number;
  erased: number;
}

const atOnce = 5_000;
const namedMax = 1_000;

/** Compares what archives hold with the leaves; `expected` are those that have no row in the database. */
export async function checkArchives(
  client: ClientBase,
  sources: readonly LeafSource[],
  expected: SeqSet,
  findings: FindingList,
): Promise<ArchivesSummary> {
  const summary: ArchivesSummary = { verified: 0, erased: 0 };
  const compare = async (group: readonly ArchivedLeaf[]): Promise<void> => {
    const { rows } = await client.query<{ seq: string; leaf_hash: Buffer; entry_id: string }>(
      'SELECT seq, leaf_hash, entry_id FROM audit_leaves WHERE seq = ANY($1::bigint[])',
      [group.map(({ seq }) => seq)],
    );
    const leaves = new Map(
      rows.map(({ seq, leaf_hash, entry_id }) => [Number(seq), { leaf_hash, entry_id }]),
    );
    for (const { seq, id, leaf, isErased } of group) {
      const signed = leaves.get(seq);
      expected.delete(seq);
      if (signed?.entry_id === id && leaf !== undefined && fromBytes(leaf) === fromBytes(signed.leaf_hash)) {
        summary.verified += 1;
        if (isErased) summary.erased += 1;
      } else {
        findings.add({ kind: 'archive_altered', seq, id });
      }
    }
  };
  let areWhole = true;
  for (const source of sources) {
    try {
      for await (const group of inGroups(source)) await compare(group);
    } catch (error) {
      const why = source.faultOf(error);
      if (why === undefined) throw error;
      findings.add({ kind: 'archive_unsound', why });
      areWhole = false;
    }
  }
  // Of an archive that cannot be read nobody knows which rows it holds.
  if (areWhole) await nameMissing(client, expected, findings);
  return summary;
}

async function* inGroups(source: LeafSource): AsyncGenerator<ArchivedLeaf[]> {
  let group: ArchivedLeaf[] = [];
  for await (const leaf of source.leaves()) {
    group.push(leaf);
    if (group.length < atOnce) continue;
    yield group;
    group = [];
  }
  yield group;
}

async function nameMissing(client: ClientBase, missing: SeqSet, findings: FindingList): Promise<void> {
  if (missing.size === 0) return;
  const { rows } = await client.query<{ seq: string; entry_id: string }>(
    'SELECT seq, entry_id FROM audit_leaves WHERE seq = ANY($1::bigint[]) ORDER BY seq',
    [missing.first(namedMax)],
  );
  for (const { seq, entry_id: id } of rows) findings.add({ kind: 'row_removed', seq: Number(seq), id });
}
