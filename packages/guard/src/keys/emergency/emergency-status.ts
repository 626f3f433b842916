import { asc, eq, ne } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import { emergencyRotations } from '../schema.ts';

/** An emergency rotation and how far it is (K8). */
export type EmergencyRotation = typeof emergencyRotations.$inferSelect;

export async function emergencyRotationStatus(
  { orm }: Database,
  id: string,
): Promise<EmergencyRotation | undefined> {
  const [rotation] = await orm.select().from(emergencyRotations).where(eq(emergencyRotations.id, id));
  return rotation;
}

/** Ids of those that are not done, the oldest first. */
export async function unfinishedEmergencyRotations({ orm }: Database): Promise<string[]> {
  const rows = await orm
    .select({ id: emergencyRotations.id })
    .from(emergencyRotations)
    .where(ne(emergencyRotations.state, 'done'))
    .orderBy(asc(emergencyRotations.createdAt));
  return rows.map(({ id }) => id);
}
