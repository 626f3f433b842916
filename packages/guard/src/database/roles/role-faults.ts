import type { Database } from '../database.ts';

interface RoleRow {
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly mayMakeRoles: boolean;
  readonly ownsLog: boolean;
  readonly mayChangeLog: boolean;
  readonly mayMakeTables: boolean;
}

/**
 * Why the role that serves could alter or delete audit rows (A4, D4), a clause each, such as `owns the audit log`; empty
 * when it can not. Throws what PostgreSQL throws.
 */
export async function roleFaults(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<RoleRow>(
    `SELECT rolname AS name, rolsuper AS "isSuperuser", rolcreaterole AS "mayMakeRoles",
       pg_has_role(rolname, log.relowner, 'MEMBER') AS "ownsLog",
       has_table_privilege(rolname, log.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER') AS "mayChangeLog",
       has_schema_privilege(rolname, log.relnamespace, 'CREATE') AS "mayMakeTables"
     FROM pg_roles, pg_class AS log WHERE rolname = current_user AND log.oid = 'public.audit_logs'::regclass`,
  );
  return rows.flatMap((role) => {
    if (role.isSuperuser) return ['is a superuser'];
    return [
      role.mayMakeRoles ? 'may make roles' : undefined,
      role.ownsLog ? 'owns the audit log' : undefined,
      role.mayChangeLog && !role.ownsLog ? 'may change the audit log' : undefined,
      role.mayMakeTables && !role.ownsLog ? 'may make tables' : undefined,
    ].filter((fault) => fault !== undefined);
  });
}
