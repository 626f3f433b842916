import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '../database/database.ts';
import { type MigrationSet, runMigrations } from '../database/migrate.ts';

export interface ApplicationRole extends AsyncDisposable {
  readonly name: string;
  /** The owner's database, as this role. */
  readonly url: string;
  readonly database: Database;
}

/** A new role without any rights of its own on the owner's database, given those of the application (D4). */
export async function createApplicationRole(
  owner: Database,
  ...migrations: MigrationSet[]
): Promise<ApplicationRole> {
  const name = `app_${randomBytes(6).toString('hex')}`;
  await owner.pool.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'`);
  const address = new URL(owner.url);
  address.username = name;
  address.password = name;
  const url = address.href;
  await runMigrations(owner.url, migrations, { applicationUrl: url });
  const database = openDatabase({ url });
  return {
    ...{ name, url, database },
    async [Symbol.asyncDispose]() {
      await database.close();
      await owner.pool.query(`DROP OWNED BY ${name}`);
      await owner.pool.query(`DROP ROLE ${name}`);
    },
  };
}
