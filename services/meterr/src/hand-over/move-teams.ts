import type { Transaction } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';

/** Gives one person's places in teams to another. Where both are in a team, the higher role stays. How many were moved. */
export async function moveTeams(tx: Transaction, from: string, to: string): Promise<number> {
  const { rows } = await tx.execute<{
    team_id: string;
    role: string;
    invited_at: string;
    joined_at: string | null;
  }>(sql`
    DELETE FROM team_members WHERE user_id = ${from}
    RETURNING team_id::text AS team_id, role, invited_at::text AS invited_at, joined_at::text AS joined_at`);
  for (const { team_id, role, invited_at, joined_at } of rows) {
    await tx.execute(sql`
      INSERT INTO team_members AS present (team_id, user_id, role, invited_by, invited_at, joined_at)
      VALUES (${team_id}::uuid, ${to}, ${role}, ${from}, ${invited_at}::timestamptz, ${joined_at}::timestamptz)
      ON CONFLICT (team_id, user_id) DO UPDATE SET
        role = CASE WHEN 'owner' IN (present.role, excluded.role) THEN 'owner'
          WHEN 'admin' IN (present.role, excluded.role) THEN 'admin' ELSE 'member' END,
        joined_at = coalesce(present.joined_at, excluded.joined_at)`);
  }
  return rows.length;
}
