import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';
import { isId } from '../fields.ts';

/** Whether somebody may see the usage of all members: its owner and admins may (T7). Others learn nothing of it (R3). */
export async function maySeeTeam(
  database: Database,
  { userId, environment }: Account,
  teamId: string,
): Promise<boolean> {
  if (!isId(teamId)) return false;
  const { rows } = await database.orm.execute(sql`
    SELECT 1 FROM team_members JOIN teams ON teams.id = team_id
    WHERE team_id = ${teamId}::uuid AND user_id = ${userId} AND environment = ${environment}
      AND joined_at IS NOT NULL AND removed_at IS NULL AND role IN ('owner', 'admin')`);
  return rows.length > 0;
}
