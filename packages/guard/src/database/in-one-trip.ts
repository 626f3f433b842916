import { createHash } from 'node:crypto';
import { DrizzleQueryError } from 'drizzle-orm';
import type pg from 'pg';
import { connectionOf, type Database, type Transaction, withConnection } from './database.ts';
import { type Row, Trip } from './trip.ts';

/** A statement whose text is always the same, so that PostgreSQL need not read and plan it each time. */
export interface FixedStatement {
  readonly name: string;
  readonly text: string;
}

/** With its parameters, `$1` and so on, as PostgreSQL reads them: the text says of what type they are. */
export interface StatementToRun {
  readonly statement: FixedStatement;
  readonly values: readonly (string | Buffer | null)[];
}

/** The name is that of the text: another version's statement on the same connection has another. */
export function fixedStatement(text: string): FixedStatement {
  return { name: `keyward_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}

/**
 * Runs statements one after the other in one round trip, and answers with their rows, columns as text. Each sees what was
 * committed before it began. In a transaction of its own when it is given a database: all of them or none.
 * Rejects as Drizzle's queries do.
 */
export function inOneTrip(
  where: Database | Transaction,
  statements: readonly StatementToRun[],
): Promise<readonly (readonly Row[])[]> {
  return 'pool' in where
    ? withConnection(where.pool, (client) => run(client, statements))
    : run(connectionOf(where), statements);
}

/** What is prepared on a connection; `undefined`: not known yet whether the connection is one's own. */
const preparedOn = new WeakMap<pg.PoolClient, Set<string> | 'shared'>();

async function run(
  client: pg.PoolClient,
  statements: readonly StatementToRun[],
): Promise<readonly (readonly Row[])[]> {
  const known = preparedOn.get(client);
  const asked = known === undefined ? [{ statement: whoAmI, values: [] }] : [];
  const prepared = known instanceof Set ? known : undefined;
  let rows: readonly (readonly Row[])[];
  try {
    rows = await Trip.make(client, [...statements, ...asked], prepared);
  } catch (error) {
    throw new DrizzleQueryError(
      statements.map(({ statement }) => statement.text).join('; '),
      [],
      error as Error,
    );
  }
  if (known === undefined) {
    const isOwn = rows.at(-1)?.[0]?.[0] === processIdOf(client);
    preparedOn.set(client, isOwn ? new Set() : 'shared');
  }
  return rows;
}

/**
 * Behind a pooler another server process answers than the one that the pooler names at the beginning. What is prepared there
 * would be left to others, and be missing where it is expected (K10).
 */
const whoAmI: FixedStatement = { name: '', text: 'SELECT pg_backend_pid()::text' };

function processIdOf(client: pg.PoolClient): string {
  return String((client as unknown as { readonly processID: unknown }).processID);
}
