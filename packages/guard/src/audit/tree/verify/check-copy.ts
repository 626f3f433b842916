import type { ClientBase } from 'pg';
import type { CopiedNote } from '../anchors/read-checkpoints.ts';
import { type Checkpoint, parseCheckpoint } from '../notes/checkpoint.ts';
import type { NoteVerifier } from '../notes/note-key.ts';
import { isSignedBy } from '../notes/signed-note.ts';
import type { FindingList } from './findings.ts';
import { RangeOf } from './range-of.ts';

export interface CopySummary {
  /** Checkpoints of the copy that we signed. */
  notes: number;
  /** The newest of them. */
  newest: Checkpoint | undefined;
  /** What is in the copy and is no checkpoint of ours. */
  foreign: number;
}

const atOnce = 1_000;

/** Compares the copy that lies outside with the database as it is now: every checkpoint there must be here, the same. */
export async function checkCopy(
  client: ClientBase,
  copy: AsyncIterable<CopiedNote>,
  verifiers: readonly NoteVerifier[],
  findings: FindingList,
): Promise<CopySummary> {
  const summary: CopySummary = { notes: 0, newest: undefined, foreign: 0 };
  const differing = new Set<number>();
  let beyond: Checkpoint | undefined;
  const compare = async (notes: readonly string[]): Promise<void> => {
    const here = await notesOf(client, notes);
    for (const note of notes) {
      const checkpoint = ours(note, here, verifiers);
      if (checkpoint === undefined) {
        summary.foreign += 1;
        continue;
      }
      summary.notes += 1;
      if (checkpoint.number > (summary.newest?.number ?? -1)) summary.newest = checkpoint;
      const same = here.get(checkpoint.number);
      if (same === undefined && checkpoint.number > (beyond?.number ?? -1)) beyond = checkpoint;
      if (same !== undefined && same !== note && differing.size < 100_000) differing.add(checkpoint.number);
    }
  };
  for await (const notes of inGroups(copy)) await compare(notes);

  const replaced = new RangeOf((from, to) => findings.add({ kind: 'checkpoint_replaced', from, to }));
  for (const number of [...differing].sort((a, b) => a - b)) replaced.add(number);
  replaced.end();
  const newest = await newestNumber(client);
  // A gap between others has been named already.
  if (beyond !== undefined && beyond.number > newest) {
    findings.add({ kind: 'rolled_back', newest, outside: beyond.number, size: beyond.size });
  }
  return summary;
}

async function* inGroups(copy: AsyncIterable<CopiedNote>): AsyncGenerator<string[]> {
  let group: string[] = [];
  for await (const { note } of copy) {
    group.push(note);
    if (group.length < atOnce) continue;
    yield group;
    group = [];
  }
  yield group;
}

async function notesOf(client: ClientBase, notes: readonly string[]): Promise<Map<number, string>> {
  const numbers = notes.flatMap((note) => parsed(note)?.checkpoint.number ?? []);
  const { rows } = await client.query<{ number: string; note: string }>(
    'SELECT number, note FROM audit_checkpoints WHERE number = ANY($1::bigint[])',
    [numbers],
  );
  return new Map(rows.map(({ number, note }) => [Number(number), note]));
}

/** The checkpoint, if one of our keys has signed it; what the database holds word for word was checked there. */
function ours(
  note: string,
  here: ReadonlyMap<number, string>,
  verifiers: readonly NoteVerifier[],
): Checkpoint | undefined {
  const { checkpoint, signed } = parsed(note) ?? {};
  if (checkpoint === undefined || signed === undefined) return undefined;
  return here.get(checkpoint.number) === note || isSignedBy(signed, verifiers) ? checkpoint : undefined;
}

function parsed(note: string): ReturnType<typeof parseCheckpoint> | undefined {
  try {
    return parseCheckpoint(note);
  } catch {
    return undefined;
  }
}

async function newestNumber(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ newest: string | null }>(
    'SELECT max(number) AS newest FROM audit_checkpoints',
  );
  return Number(rows[0]?.newest ?? -1);
}
