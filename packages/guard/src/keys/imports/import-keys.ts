import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/database.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import { uuidv7 } from '../../ids.ts';
import { isProblem, type Problem, refuse } from '../../reply.ts';
import type { ScopeCatalogue } from '../key-settings.ts';
import type { ReadLine } from './check-batch.ts';
import { declarePattern } from './declare-pattern.ts';
import { importLineSchema } from './import-line.ts';
import { type ImportReport, importReport } from './import-report.ts';
import { storeBatch } from './store-batch.ts';

const { owner, service, environment, scopes } = importLineSchema.partial().shape;

export const newImportSchema = z.strictObject({
  /** See `keyPattern`. */
  pattern: z.string().min(1).max(300),
  /** So many first characters find a key by its bcrypt hash, and show people which one it is. */
  prefixLength: z.int().min(1).max(64),
  /** For lines that do not say themselves. */
  defaults: z.strictObject({ owner, service, environment, scopes }).optional(),
  /** Checks everything and keeps nothing. */
  isDryRun: z.boolean().optional(),
});
export type NewImport = z.output<typeof newImportSchema>;

export interface ImportKeysDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly scopes: ScopeCatalogue;
}

/** Lines held at a time, whatever the length of the whole. */
const batchLines = 500;
const importLock = 0x6b657969; // "keyi"

/**
 * Imports keys of another system by their hashes (K13): all of them, or none when a line is wrong.
 * 422 for a pattern that cannot be declared, 409 while another import runs.
 */
export async function importKeys(
  deps: ImportKeysDeps,
  wanted: NewImport,
  lines: Iterable<ReadLine> | AsyncIterable<ReadLine>,
  actor: Actor,
): Promise<ImportReport | Problem> {
  try {
    return await deps.database.orm.transaction(async (tx) => {
      const report = await importAll(deps, tx, wanted, lines, actor);
      if (isProblem(report)) return report;
      if (report.imported === 0 || wanted.isDryRun === true)
        throw new KeepNothing({ ...report, importId: null });
      return report;
    });
  } catch (error) {
    if (error instanceof KeepNothing) return error.report;
    throw error;
  }
}

/** Ends the transaction without keeping what it did. */
class KeepNothing extends Error {
  override readonly name = 'KeepNothing';
  readonly report: ImportReport;
  constructor(report: ImportReport) {
    super('nothing is kept of this import');
    this.report = report;
  }
}

async function importAll(
  deps: ImportKeysDeps,
  tx: Transaction,
  wanted: NewImport,
  lines: Iterable<ReadLine> | AsyncIterable<ReadLine>,
  actor: Actor,
): Promise<ImportReport | Problem> {
  const { clock, keyring, scopes } = deps;
  if (!(await isAlone(tx))) return refuse('conflict', { detail: 'Another import is running.' });
  const declared = await declarePattern(tx, wanted, clock);
  if (isProblem(declared)) return declared;
  const report = importReport();
  const run = {
    ...{ tx, actor, keyring, scopes, declared, report },
    ...{ id: uuidv7(clock.now()), nowMs: clock.now(), defaults: wanted.defaults ?? {} },
  };
  let batch: ReadLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < batchLines) continue;
    await storeBatch(run, batch);
    batch = [];
  }
  if (batch.length > 0) await storeBatch(run, batch);
  const sum = report.sum(declared.id);
  const { pattern, prefixLength } = wanted;
  const change = {
    action: 'keys.import',
    objectType: 'key_import',
    objectIds: [declared.id],
    before: null,
    after: { pattern, prefixLength, runId: run.id, imported: sum.imported, skipped: sum.skipped },
  };
  await recordChange(tx, actor, change, clock);
  return sum;
}

/** Two imports at once could together put more keys behind a prefix than may be. */
async function isAlone(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.execute(sql`SELECT pg_try_advisory_xact_lock(${importLock}) AS "isAlone"`);
  return rows[0]?.isAlone === true;
}
