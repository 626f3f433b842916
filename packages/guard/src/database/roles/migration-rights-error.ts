import pg from 'pg';

/** The tables are behind, and the role may not bring them up to date. The message says what to do. */
export class MigrationRightsError extends Error {
  override readonly name = 'MigrationRightsError';
  constructor(role: string, behind: string, options?: ErrorOptions) {
    super(
      `The database role ${role} may not make or change tables, and ${behind}. ` +
        "Run `keyward migrate` with DATABASE_OWNER_URL set to the owner's role, or set it for this node too.",
      options,
    );
  }
}

/** Whether PostgreSQL refused something for want of rights. */
export function isLackOfRights(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof pg.DatabaseError) return at.code === '42501';
  }
  return false;
}
