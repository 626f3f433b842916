import { randomBytes } from 'node:crypto';
import { migrateJobs } from '@keyward/guard';
import { guardMigrations, type MigrationSet, runMigrations } from '@keyward/guard/database';
import { copyTemplate } from '@keyward/guard/testing';
import pg from 'pg';
import { inject } from 'vitest';

export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of its own on the suite's PostgreSQL, migrated as a node would do it that finds it empty. */
export async function createOwnDatabase(server: string): Promise<OwnDatabase> {
  const name = newName();
  const template = { server, name, prefix: inject('templatePrefix'), of: ['product'] };
  await copyTemplate({
    ...template,
    fill: (url) => runMigrations(url, migrations, { also: () => migrateJobs(url) }),
  });
  return ownDatabase(server, name);
}

/** The same, empty. */
export async function createEmptyDatabase(server: string): Promise<OwnDatabase> {
  const name = newName();
  await query(server, `CREATE DATABASE ${name}`);
  return ownDatabase(server, name);
}

const ofService = (name: string): MigrationSet => ({
  name,
  folder: new URL(`../../../services/${name}/migrations`, import.meta.url),
});

const migrations = [guardMigrations, ofService('metadata'), ofService('meterr')];

const newName = () => `product_${randomBytes(6).toString('hex')}`;

function ownDatabase(server: string, name: string): OwnDatabase {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await query(server, `DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

/** One statement on a connection of its own, as an operator with `psql` would send it. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(statement, values)).rows;
  } finally {
    await client.end();
  }
}
