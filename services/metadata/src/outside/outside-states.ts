import type { Database } from '@keyward/guard/database';
import { inArray } from 'drizzle-orm';
import { type OutsideServiceName, type OutsideState, outsideServices } from './outside-services-table.ts';

/** The services of each purpose, such as `{ pinning: ['pinata'] }`. */
export type Purposes = Readonly<Record<string, readonly OutsideServiceName[]>>;

const gravity: readonly OutsideState[] = ['ok', 'away', 'refused'];

/** For each purpose that has services how the worst of them answered last. Their names are told to no stranger. */
export async function outsideStatesOf(
  { orm }: Database,
  purposes: Purposes,
): Promise<Record<string, OutsideState>> {
  const used = Object.entries(purposes).filter(([, names]) => names.length > 0);
  if (used.length === 0) return {};
  const rows = await orm
    .select({ name: outsideServices.name, state: outsideServices.state })
    .from(outsideServices)
    .where(
      inArray(
        outsideServices.name,
        used.flatMap(([, names]) => names),
      ),
    );
  return Object.fromEntries(
    used.map(([purpose, names]) => {
      const ranks = rows
        .filter(({ name }) => names.includes(name))
        .map(({ state }) => gravity.indexOf(state));
      return [purpose, gravity[Math.max(0, ...ranks)] ?? 'ok'];
    }),
  );
}
