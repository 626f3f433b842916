import type { Clock } from '../../clock.ts';
import type { Counter } from '../counters.ts';
import type { Lease } from './lease.ts';
import type { LeaseBank, LeaseReply } from './lease-bank.ts';

/** Counters and what the node holds of them, in the same order. */
export interface Leases {
  readonly counters: readonly Counter[];
  readonly leases: readonly Lease[];
}

/** Permits set aside for calls under way, and the window that they came from. */
interface Reservation {
  readonly lease: Lease;
  readonly permits: number;
  readonly endsAtMs: number;
}

export interface LeaseTrips {
  /** Asks for `calls` permits of each counter; those of the calls that are admitted are debited, nothing else is. */
  ask(of: Leases, calls: number, isWhole: boolean): Promise<LeaseReply>;
  /** Returns all that is unspent, and says that the node holds nothing of the window any more. */
  giveBack(lease: Lease): void;
  /** Resolves when everything that is on its way back has arrived or is lost. */
  settled(): Promise<void>;
}

/** The trips of permits between a node and the bank. */
export function leaseTrips(bank: LeaseBank, clock: Clock): LeaseTrips {
  const returning = new Set<Promise<void>>();

  const send = (lease: Lease, permits: number, endsAtMs: number): void => {
    lease.underWay += 1;
    lease.away += permits;
    const sending = bank
      .giveBack([{ counter: lease.counter, permits, endsAtMs }])
      // What cannot be given back is lost to its window, as with a node that dies.
      .catch(() => {})
      .finally(() => {
        lease.underWay -= 1;
        lease.away -= permits;
        returning.delete(sending);
      });
    returning.add(sending);
  };

  const giveBack = (lease: Lease): void => {
    const permits = lease.unspent;
    lease.unspent = 0;
    if (lease.endsAtMs > 0) send(lease, permits, lease.endsAtMs);
  };

  const setAside = (lease: Lease, calls: number, nowMs: number): Reservation => {
    const { endsAtMs } = lease;
    const permits = lease.reserve(calls, nowMs);
    lease.underWay += 1;
    lease.away += permits;
    return { lease, endsAtMs, permits };
  };

  /** What was set aside for calls that are not admitted goes back to where it came from. */
  const settle = ({ lease, permits, endsAtMs }: Reservation, admitted: number): void => {
    lease.underWay -= 1;
    lease.away -= permits;
    const over = Math.max(permits - admitted, 0);
    if (endsAtMs === lease.endsAtMs) lease.unspent += over;
    else if (over > 0) send(lease, over, endsAtMs);
    // The answer may have brought permits after another node had asked for them.
    if (lease.isStrict && lease.unspent > 0) giveBack(lease);
  };

  return {
    giveBack,
    async ask({ counters, leases }, calls, isWhole) {
      const sentAtMs = clock.monotonic();
      const extra = leases.map((lease) => (isWhole ? 0 : lease.wanted(calls, sentAtMs)));
      const reservations = leases.map((lease) => setAside(lease, calls, sentAtMs));
      const reserved = reservations.map(({ permits }) => permits);
      let admitted = 0;
      try {
        const reply = await bank.lease({ counters, calls, isWhole, reserved, extra });
        const receivedAtMs = clock.monotonic();
        for (const [at, lease] of leases.entries()) {
          const window = reply.windows[at];
          if (window !== undefined) lease.renew(window, reply.nowMs, sentAtMs, receivedAtMs);
        }
        admitted = reply.admitted;
        return reply;
      } finally {
        for (const reservation of reservations) settle(reservation, admitted);
      }
    },
    async settled() {
      await Promise.all(returning);
    },
  };
}
