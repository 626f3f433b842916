import type { Actor } from '../../audit/record-change.ts';
import type { Transaction } from '../../database/database.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import type { FieldError } from '../../reply.ts';
import { controlKeyRefusal } from '../control-keys.ts';
import type { ScopeCatalogue } from '../key-settings.ts';
import type { DeclaredPattern } from './declared-patterns.ts';
import { findOwners, type Owner } from './find-owners.ts';
import { type CheckedLine, checkLine } from './import-line.ts';
import type { RunningReport } from './import-report.ts';
import { knownHashes } from './known-hashes.ts';
import { prefixCounts } from './prefix-counts.ts';

/** A line as it was read: its value, or why it has none. */
export type ReadLine = { readonly line: number } & (
  | { readonly value: unknown }
  | { readonly defect: string }
);

/** One run of an import, in its transaction. */
export interface ImportRun {
  readonly id: string;
  readonly tx: Transaction;
  readonly actor: Actor;
  readonly keyring: Keyring;
  readonly scopes: ScopeCatalogue;
  readonly declared: DeclaredPattern;
  readonly defaults: object;
  readonly nowMs: number;
  readonly report: RunningReport;
}

/** A line that may be stored. */
export interface OwnedLine extends CheckedLine {
  readonly owner: Owner;
}

/** The lines of a batch that are right and new; all others are noted in the run's report. */
export async function checkBatch(run: ImportRun, batch: readonly ReadLine[]): Promise<OwnedLine[]> {
  const owned = await withOwners(run, checked(run, batch));
  return withinPrefixes(run, await withoutKnown(run, owned));
}

function checked(run: ImportRun, batch: readonly ReadLine[]): CheckedLine[] {
  return batch.flatMap((read) => {
    const { line } = read;
    const result =
      'defect' in read
        ? [{ pointer: '', message: read.defect }]
        : checkLine(line, withDefaults(read.value, run.defaults), run);
    if (!Array.isArray(result)) return [result];
    run.report.wrong(line, result);
    return [];
  });
}

function withDefaults(value: unknown, defaults: object): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { ...defaults, ...value } : value;
}

async function withOwners(run: ImportRun, lines: readonly CheckedLine[]): Promise<OwnedLine[]> {
  const owners = await findOwners(
    run.tx,
    lines.map(({ said }) => said.owner),
    run.nowMs,
  );
  return accepted(run, lines, (line): Verdict => {
    const { said } = line;
    const owner = owners(said.owner);
    if (owner === undefined)
      return { pointer: '/owner', message: `There is no person ${said.owner}, or they are banned.` };
    const refusal = controlKeyRefusal(said.service, owner, run.actor);
    return refusal === undefined
      ? { ...line, owner }
      : { pointer: '/service', message: refusal.detail ?? refusal.code };
  });
}

/** Without what was imported before; a hash that stands twice in one run is wrong, since nobody knows which was meant. */
async function withoutKnown(run: ImportRun, lines: readonly OwnedLine[]): Promise<OwnedLine[]> {
  const known = await knownHashes(
    run,
    lines.map(({ hash }) => hash.keyHash),
  );
  const ofBatch = new Map<string, number>();
  return accepted(run, lines, (line): Verdict => {
    const { keyHash } = line.hash;
    const before = known(keyHash);
    const twice = ofBatch.get(keyHash) ?? (before?.kind === 'this run' ? before.line : undefined);
    ofBatch.set(keyHash, line.line);
    if (twice !== undefined) return { pointer: '/hash', message: `is the hash of line ${twice} too` };
    if (before?.kind === 'imported') return 'skip';
    return before?.kind !== 'stored'
      ? line
      : { pointer: '/hash', message: `is stored already, with the key ${before.keyId}` };
  });
}

async function withinPrefixes(run: ImportRun, lines: readonly OwnedLine[]): Promise<OwnedLine[]> {
  const prefixes = lines.flatMap(({ hash, said }) =>
    hash.algorithm === 'bcrypt' ? [said.prefix ?? ''] : [],
  );
  const counts = await prefixCounts(run.tx, prefixes);
  return accepted(run, lines, (line): Verdict => {
    if (line.hash.algorithm !== 'bcrypt') return line;
    const message = counts.add(line.said.prefix ?? '');
    return message === undefined ? line : { pointer: '/prefix', message };
  });
}

/** The line to go on with, what is wrong with it, or that it is there already. */
type Verdict = OwnedLine | FieldError | 'skip';

/** The lines that a judge lets through; the others are noted. */
function accepted<L extends CheckedLine>(
  run: ImportRun,
  lines: readonly L[],
  judge: (line: L) => Verdict,
): OwnedLine[] {
  return lines.flatMap((line) => {
    const verdict = judge(line);
    if (verdict === 'skip') run.report.skipped(line.line);
    else if ('pointer' in verdict) run.report.wrong(line.line, [verdict]);
    else return [verdict];
    return [];
  });
}
