import type { Clock } from '../../clock.ts';
import type { Counter } from '../counters.ts';
import { LimitStoreUnavailableError } from '../limit-store.ts';
import type { Lease } from './lease.ts';
import type { LeaseBank, LeaseReply, Reserved } from './lease-bank.ts';

/** Counters and what the node holds of them, in the same order. */
export interface Leases {
  readonly counters: readonly Counter[];
  readonly leases: readonly Lease[];
}

/** Permits set aside for calls under way, and the window that they came from. */
interface Reservation extends Reserved {
  readonly lease: Lease;
  /** How many more the trip asks for. */
  readonly extra: number;
  readonly epoch: string;
}

/** Where the node believes the bank to be. */
export interface KnownEpoch {
  readonly epoch: string;
  /** The bank is elsewhere, or cannot be asked. */
  failed(): void;
}

/** What the bank said, and when the node heard of it (monotonic milliseconds). */
export interface TripReply extends LeaseReply {
  readonly receivedAtMs: number;
}

export interface LeaseTrips {
  /** Asks for `calls` permits of each counter; those of the calls that are admitted are debited, nothing else is. */
  ask(of: Leases, calls: number, isWhole: boolean): Promise<TripReply>;
  /** Returns all that is unspent, and says that the node holds nothing of the window any more. */
  giveBack(lease: Lease): void;
  /** Resolves when everything that is on its way back has arrived or is lost. */
  settled(): Promise<void>;
}

/** The trips of permits between a node and the bank. */
export function leaseTrips(bank: LeaseBank, clock: Clock, known: KnownEpoch): LeaseTrips {
  const returning = new Set<Promise<void>>();

  const send = (lease: Lease, permits: number, endsAtMs: number, epoch = known.epoch): void => {
    lease.underWay += 1;
    lease.away += permits;
    const sending = bank
      .giveBack([{ counter: lease.counter, permits, endsAtMs }], epoch)
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
    // More may be on its way here, of which nobody else could know: the last such answer gives all back.
    if (lease.asking > 0) return;
    const permits = lease.unspent;
    lease.unspent = 0;
    if (lease.endsAtMs > 0) send(lease, permits, lease.endsAtMs);
  };

  const setAside = (lease: Lease, calls: number, extra: number, nowMs: number): Reservation => {
    const { endsAtMs } = lease;
    const permits = lease.reserve(calls, nowMs);
    lease.underWay += 1;
    lease.away += permits;
    if (extra > 0) lease.asking += 1;
    return { lease, endsAtMs, permits, extra, epoch: known.epoch };
  };

  /** What was set aside for calls that are not admitted goes back to where it came from. */
  const settle = ({ lease, permits, endsAtMs, extra, epoch }: Reservation, spent: number): void => {
    lease.underWay -= 1;
    lease.away -= permits;
    if (extra > 0) lease.asking -= 1;
    const over = permits - spent;
    if (endsAtMs === lease.endsAtMs) lease.unspent += over;
    else if (over > 0) send(lease, over, endsAtMs, epoch);
    // The answer may have brought permits after another node had asked for them.
    if (lease.isStrict && (lease.unspent > 0 || extra > 0)) giveBack(lease);
  };

  return {
    giveBack,
    async ask({ counters, leases }, calls, isWhole) {
      const sentAtMs = clock.monotonic();
      const extra = leases.map((lease) => (isWhole ? 0 : lease.wanted(calls, sentAtMs)));
      const reservations = leases.map((lease, at) => setAside(lease, calls, extra[at] ?? 0, sentAtMs));
      const owed = leases.map((lease) => lease.debt(sentAtMs));
      const { epoch } = known;
      let spent: readonly number[] = [];
      try {
        const reply = await bank.lease({
          ...{ counters, calls, isWhole, reserved: reservations, extra, owed, epoch },
        });
        if (reply.isOtherEpoch === true && epoch === known.epoch) known.failed();
        // What it debited before it forgot everything is nobody's now.
        if (reply.isOtherEpoch === true || (epoch !== '' && epoch !== known.epoch))
          throw new LimitStoreUnavailableError('the bank has lost what it knew');
        const receivedAtMs = clock.monotonic();
        for (const [at, lease] of leases.entries()) {
          const window = reply.windows[at];
          if (window === undefined) continue;
          lease.renew(window, reply.nowMs, sentAtMs, receivedAtMs, owed[at]?.permits ?? 0);
          if (window.endsAtMs === lease.endsAtMs) lease.spent += reply.admitted;
        }
        spent = reservations.map(({ permits, endsAtMs }, at) =>
          // Of a window that had ended when the bank was asked nothing is left to go back.
          reply.windows[at]?.endsAtMs === endsAtMs ? Math.min(permits, reply.admitted) : permits,
        );
        return { ...reply, receivedAtMs };
      } finally {
        for (const [at, reservation] of reservations.entries()) settle(reservation, spent[at] ?? 0);
      }
    },
    async settled() {
      await Promise.all(returning);
    },
  };
}
