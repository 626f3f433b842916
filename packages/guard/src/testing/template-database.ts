import { createHash } from 'node:crypto';
import pg from 'pg';

export interface TemplateCopy {
  /** URL of a PostgreSQL with rights to create databases. */
  readonly server: string;
  /** Of the new database. */
  readonly name: string;
  /** What the names of templates begin with. */
  readonly prefix: string;
  /** What the template holds, in words of one's own: the same words mean the same template. */
  readonly of: readonly string[];
  /** Fills the template, once in a test run. */
  fill(url: string): Promise<void>;
}

/** Makes a database as the copy of a template: to migrate each anew takes ten times as long. */
export async function copyTemplate({ server, name, prefix, of, fill }: TemplateCopy): Promise<void> {
  const template = `${prefix}_${createHash('sha256').update(of.join('\n')).digest('hex').slice(0, 16)}`;
  await onServer(server, async (client) => {
    if (!(await exists(client, template))) await makeTemplate(server, client, template, fill);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
}

/** Whoever comes first makes it, the others wait. It has its name only when it is whole. */
async function makeTemplate(
  server: string,
  client: pg.Client,
  template: string,
  fill: TemplateCopy['fill'],
): Promise<void> {
  // The lock goes with the connection.
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
  if (await exists(client, template)) return;
  const draft = `${template}_draft`;
  await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${draft}`);
  await fill(withDatabase(server, draft));
  await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
}

async function exists(client: pg.Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  return rowCount === 1;
}

/** Work on a connection of its own. */
export async function onServer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The URL of another database on the same server. */
export function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
