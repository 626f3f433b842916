export { type Database, type DatabaseOptions, type Orm, openDatabase, type Transaction } from './database.ts';
export { guardMigrations, type MigrationSet, runMigrations } from './migrate.ts';
