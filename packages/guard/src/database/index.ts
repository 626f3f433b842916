export { type Database, type DatabaseOptions, type Orm, openDatabase, type Transaction } from './database.ts';
export { isDatabaseUnavailable } from './database-unavailable.ts';
export { EmbeddedDatabaseError } from './embedded/embedded-database-error.ts';
export { type EmbeddedDatabase, type EmbeddedOptions, openEmbedded } from './embedded/open-embedded.ts';
export { guardMigrations, type MigrateOptions, type MigrationSet, runMigrations } from './migrate.ts';
export { MigrationRightsError } from './roles/migration-rights-error.ts';
export { roleFaults } from './roles/role-faults.ts';
export { transact } from './transact.ts';
