import type { Clock } from '../../clock.ts';
import type { Lease } from '../leases/lease.ts';
import { BrokenCounterError } from '../leases/lease-bank.ts';
import type { LeaseTrips } from '../leases/lease-trips.ts';

/** Windows that one trip reports: few enough that Redis answers others meanwhile. */
const batchSize = 200;

/** Tells the bank of everything that the node has let in without it and that still counts (L5). */
export async function reportDebts(leases: Iterable<Lease>, trips: LeaseTrips, clock: Clock): Promise<void> {
  const nowMs = clock.monotonic();
  const owing = [...leases].filter((lease) => lease.debt(nowMs).permits > 0);
  for (let at = 0; at < owing.length; at += batchSize) await report(owing.slice(at, at + batchSize), trips);
}

async function report(leases: readonly Lease[], trips: LeaseTrips): Promise<void> {
  try {
    await trips.ask({ leases, counters: leases.map(({ counter }) => counter) }, 0, true);
  } catch (error) {
    if (!(error instanceof BrokenCounterError)) throw error;
    // One that cannot be counted does not keep the others from it.
    if (leases.length > 1) for (const lease of leases) await report([lease], trips);
  }
}
