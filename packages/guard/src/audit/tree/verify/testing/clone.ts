import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A copy of a database, to do things to. */
export interface Clone {
  readonly url: string;
  /** As whoever owns the database: no trigger stops it. */
  change(work: (client: pg.Client) => Promise<unknown>): Promise<void>;
  drop(): Promise<void>;
}

/** A statement for the server of the tests, outside any database of theirs. */
export async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Copies a database that nobody is connected to. */
export async function clone(of: string): Promise<Clone> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${new URL(of).pathname.slice(1)}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async change(work) {
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      try {
        await client.query('SET session_replication_role = replica');
        await work(client);
      } finally {
        await client.end();
      }
    },
    drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}
