import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { query } from '../product/own-database.ts';

/** The tables and files in which one of these texts stands. */
export async function whereSecretsAre(
  secrets: readonly string[],
  { databaseUrl, folder }: { databaseUrl: string; folder: string },
): Promise<string[]> {
  const tables = await query<{ name: string }>(
    databaseUrl,
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
  );
  const places: string[] = [];
  for (const { name } of tables) {
    const rows = await query<{ text: string }>(
      databaseUrl,
      `SELECT row_to_json(t)::text AS text FROM ${name} AS t`,
    );
    if (rows.some(({ text }) => holds(text, secrets))) places.push(name);
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (holds(await textOf(file), secrets)) places.push(file);
  }
  return places;
}

/** Of a folder that a node works in some files go while it is read. */
async function textOf(file: string): Promise<string> {
  return readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
}

function holds(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret));
}
