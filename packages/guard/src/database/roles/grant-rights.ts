import pg from 'pg';
import { applicationSchemas, rightsOn } from './table-rights.ts';

interface TableRow {
  readonly schema: string;
  readonly name: string;
  readonly isSequence: boolean;
  readonly held: readonly string[];
}

interface FunctionRow {
  readonly signature: string;
}

/**
 * Gives the application's role exactly its rights (D4) on every table, sequence and owner's function that there is, and
 * takes what it holds beyond. Changes nothing where they are right already. `client` is the owner's, in a moment when
 * nobody else does the same. Returns how many things had to be changed.
 */
export async function grantRights(client: pg.ClientBase, role: string): Promise<number> {
  const statements = [
    ...(await schemaStatements(client, role)),
    ...(await tableStatements(client, role)),
    ...(await functionStatements(client, role)),
  ];
  for (const statement of statements) await client.query(statement);
  return statements.length;
}

/** Tables made later can be read; what more there is to them comes at the end of the migrations that make them. */
async function schemaStatements(client: pg.ClientBase, role: string): Promise<string[]> {
  const name = pg.escapeIdentifier(role);
  const { rows } = await client.query<{
    schema: string;
    mayUse: boolean;
    mayCreate: boolean;
    reads: boolean;
  }>(
    `SELECT nspname AS schema, has_schema_privilege($1, oid, 'USAGE') AS "mayUse",
       has_schema_privilege($1, oid, 'CREATE') AS "mayCreate",
       EXISTS (SELECT FROM pg_default_acl, aclexplode(defaclacl) AS acl WHERE defaclnamespace = space.oid
         AND defaclobjtype = 'r' AND defaclrole = quote_ident(current_user)::regrole
         AND acl.grantee = quote_ident($1)::regrole) AS reads
     FROM pg_namespace AS space WHERE nspname = ANY ($2)`,
    [role, applicationSchemas],
  );
  return rows.flatMap(({ schema, mayUse, mayCreate, reads }) => [
    ...(mayUse ? [] : [`GRANT USAGE ON SCHEMA ${schema} TO ${name}`]),
    ...(mayCreate ? [`REVOKE CREATE ON SCHEMA ${schema} FROM ${name}, PUBLIC`] : []),
    ...(reads ? [] : [`ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON TABLES TO ${name}`]),
  ]);
}

async function tableStatements(client: pg.ClientBase, role: string): Promise<string[]> {
  const name = pg.escapeIdentifier(role);
  const { rows } = await client.query<TableRow>(
    `SELECT nspname AS schema, relname AS name, relkind = 'S' AS "isSequence",
       ARRAY(SELECT privilege_type FROM aclexplode(relacl) WHERE grantee = quote_ident($1)::regrole) AS held
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = ANY ($2) AND relkind IN ('r', 'p', 'v', 'S') AND pg_has_role(relowner, 'USAGE')`,
    [role, applicationSchemas],
  );
  return rows.flatMap((row) => {
    const wanted = row.isSequence ? ['USAGE', 'SELECT'] : rightsOn(row.schema, row.name);
    if (row.held.length === wanted.length && wanted.every((right) => row.held.includes(right))) return [];
    const thing = `${row.isSequence ? 'SEQUENCE' : 'TABLE'} ${row.schema}.${pg.escapeIdentifier(row.name)}`;
    return [
      `REVOKE ALL ON ${thing} FROM ${name}, PUBLIC`,
      `GRANT ${wanted.join(', ')} ON ${thing} TO ${name}`,
    ];
  });
}

/** What runs with the owner's rights is for the application alone. */
async function functionStatements(client: pg.ClientBase, role: string): Promise<string[]> {
  const { rows } = await client.query<FunctionRow>(
    `SELECT format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid)) AS signature
     FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
     WHERE nspname = ANY ($2) AND prosecdef AND pg_has_role(proowner, 'USAGE') AND NOT EXISTS (
       SELECT FROM aclexplode(proacl) WHERE grantee = quote_ident($1)::regrole)`,
    [role, applicationSchemas],
  );
  return rows.flatMap(({ signature }) => [
    `REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC`,
    `GRANT EXECUTE ON FUNCTION ${signature} TO ${pg.escapeIdentifier(role)}`,
  ]);
}
