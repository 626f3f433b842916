import type { ClientBase } from 'pg';
import { fromBytes, type TreeHash } from '../merkle.ts';
import { type Checkpoint, noPrevious, noteDigest, parseCheckpoint } from '../notes/checkpoint.ts';
import type { NoteVerifier } from '../notes/note-key.ts';
import { isSignedBy, type SignedNote } from '../notes/signed-note.ts';
import type { FindingList } from './findings.ts';
import { RangeOf } from './range-of.ts';

export interface CheckpointRow {
  readonly number: number;
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
}

export interface ChainSummary {
  count: number;
  newest: Checkpoint | undefined;
}

const pageRows = 5_000;
const pageQuery = `SELECT number::float8 AS number, size::float8 AS size, root, note FROM audit_checkpoints
  WHERE number > $1 ORDER BY number LIMIT ${pageRows}`;

interface Link {
  readonly checkpoint: Checkpoint;
  readonly signed: SignedNote;
  readonly note: string;
}

/**
 * Every sound checkpoint of the database, in order, checked: its signature, that it is what its row says, that none is
 * missing before it and that it names the note before it. A chain is as good as the signature on its last note, so
 * signatures are tried where a chain ends.
 */
export async function* checkpointChain(
  client: ClientBase,
  verifiers: readonly NoteVerifier[],
  findings: FindingList,
  summary: ChainSummary,
): AsyncGenerator<{ number: number; size: number; root: TreeHash }> {
  const foreign = new RangeOf((from, to) => findings.add({ kind: 'checkpoint_foreign', from, to }));
  const sign = ({ checkpoint, signed }: Link): void => {
    if (!isSignedBy(signed, verifiers)) foreign.add(checkpoint.number);
  };
  let last: Link | undefined;
  let expected = 0;
  for await (const row of rowsOf(client)) {
    summary.count += 1;
    if (row.number !== expected)
      findings.add({ kind: 'checkpoint_missing', from: expected, to: row.number - 1 });
    const link = linkOf(row, findings);
    const isNext = row.number === expected;
    expected = row.number + 1;
    if (link === undefined) {
      if (last !== undefined) sign(last);
      last = undefined;
      continue;
    }
    const follows = isNext && link.checkpoint.previous === (last ? noteDigest(last.note) : noPrevious);
    if (!follows && last !== undefined) sign(last);
    if (isNext && !follows && (last !== undefined || row.number === 0)) {
      findings.add({
        kind: 'checkpoint_altered',
        number: row.number,
        why: 'it does not continue the one before it',
      });
    }
    // Its key is not among ours: the end of the chain, wherever that is, does not speak for it.
    if (!namesKey(link.signed, verifiers)) foreign.add(row.number);
    last = link;
    summary.newest = link.checkpoint;
    yield { number: row.number, size: row.size, root: link.checkpoint.root };
  }
  if (last !== undefined) sign(last);
  foreign.end();
}

async function* rowsOf(client: ClientBase): AsyncGenerator<CheckpointRow> {
  for (let after = -1; ; ) {
    const { rows } = await client.query<CheckpointRow>(pageQuery, [after]);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    after = last.number;
  }
}

function linkOf(row: CheckpointRow, findings: FindingList): Link | undefined {
  const altered = (why: string): undefined => {
    findings.add({ kind: 'checkpoint_altered', number: row.number, why });
  };
  try {
    const { checkpoint, signed } = parseCheckpoint(row.note);
    const isRow =
      checkpoint.number === row.number &&
      checkpoint.size === row.size &&
      checkpoint.root === fromBytes(row.root);
    return isRow
      ? { checkpoint, signed, note: row.note }
      : altered('its note says something else than its row');
  } catch (error) {
    return altered(`its note cannot be read (${(error as Error).message})`);
  }
}

function namesKey({ signatures }: SignedNote, verifiers: readonly NoteVerifier[]): boolean {
  return signatures.some(({ name, keyId }) =>
    verifiers.some((each) => each.name === name && each.keyId === keyId),
  );
}
