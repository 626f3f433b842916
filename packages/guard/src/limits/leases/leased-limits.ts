import type { Clock } from '../../clock.ts';
import { type Counter, countersOf } from '../counters.ts';
import { decide, refusalBy, type WindowState } from '../decide.ts';
import { type LimitDecision, type LimitStore, LimitStoreUnavailableError } from '../limit-store.ts';
import type { Lease } from './lease.ts';
import { type LeaseBank, type LeaseReply, nameOf } from './lease-bank.ts';
import { LeaseTable } from './lease-table.ts';
import { type Leases, leaseTrips } from './lease-trips.ts';

export interface LeasedLimitsOptions {
  readonly bank: LeaseBank;
  readonly clock: Clock;
  /** Windows that the node remembers, about 500 bytes each (default 100,000). Beyond it more calls ask the bank. */
  readonly leasesMax?: number;
  /** Calls that may wait for the bank at once; further ones are given up right away (default 10,000). */
  readonly waitingMax?: number;
  /** Waits for permits that other nodes give back. Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** How long a refusal waits for permits that were recalled (L3): 50 ms in all, looked for in ever longer steps. */
const recallStepsMs = [2, 4, 8, 12, 24];

/** Calls of the same counters; those that wait ask the bank together. */
interface Line extends Leases {
  waiting: Call[];
}

interface Call {
  resolve(decision: LimitDecision): void;
  reject(error: unknown): void;
}

/**
 * Limits that a node decides by itself from permits that it has debited at the bank before (docs/decisions/limits.md):
 * never more than the limit over all nodes (L3), most decisions without a trip.
 */
export function leasedLimits(options: LeasedLimitsOptions): LimitStore {
  const { bank, clock, leasesMax = 100_000, waitingMax = 10_000, sleep = timer } = options;
  const trips = leaseTrips(bank, clock);
  const table = new LeaseTable(leasesMax, (lease) => release(lease));
  const lines = new Map<string, Line>();
  let waitingCount = 0;
  let isClosed = false;

  const release = (lease: Lease): void => {
    if (lease.unspent > 0 && lease.isRunning(clock.monotonic())) trips.giveBack(lease);
  };

  bank.onRecall((names) => {
    const nowMs = clock.monotonic();
    for (const name of names) {
      const lease = table.find(name);
      if (lease === undefined || !lease.isRunning(nowMs)) continue;
      lease.isStrict = true;
      trips.giveBack(lease);
    }
  });

  /** The next step of calls that were refused: whether another look may find permits. */
  const maySomeReturn = ({ leases }: Leases, reply: LeaseReply, step: number): boolean => {
    if (step >= recallStepsMs.length) return false;
    return leases.some(
      (lease, at) =>
        lease.left < 1 &&
        (lease.away > 0 || (reply.windows[at]?.isHeldElsewhere === true && !lease.wasRecalledInVain)),
    );
  };

  /** Gives `calls` their permits, as far as there are any; says how many have theirs. */
  const ask = async (of: Leases, calls: number, isWhole: boolean, admit: (count: number) => void) => {
    let missing = calls;
    for (let step = 0; ; step += 1) {
      const reply = await trips.ask(of, missing, isWhole);
      missing -= reply.admitted;
      admit(reply.admitted);
      if (missing === 0) return;
      if (!maySomeReturn(of, reply, step)) return refused(of, reply);
      if (step === 0) bank.recall(of.counters.filter((_, at) => of.leases[at]?.left === 0));
      await sleep(recallStepsMs[step] as number);
    }
  };

  /** The bank has refused: no node leases ahead in these windows any more, and what is final is remembered. */
  const refused = ({ leases }: Leases, reply: LeaseReply): void => {
    for (const [at, lease] of leases.entries()) {
      if (lease.left > 0) continue;
      const isHeldElsewhere = reply.windows[at]?.isHeldElsewhere === true;
      lease.isStrict = true;
      lease.wasRecalledInVain = isHeldElsewhere;
      lease.isExhausted = !isHeldElsewhere && lease.away === 0;
    }
  };

  const statesOf = (leases: readonly Lease[], ahead = 0): WindowState[] => {
    const nowMs = clock.monotonic();
    return leases.map((lease) => stateOf(lease, nowMs, clock.now(), ahead));
  };

  const work = async (name: string, line: Line): Promise<void> => {
    while (line.waiting.length > 0) {
      const calls = line.waiting;
      line.waiting = [];
      let next = 0;
      const admit = (count: number): void => {
        for (let left = count - 1; left >= 0; left -= 1) {
          calls[next]?.resolve(decide(statesOf(line.leases, left), 0));
          next += 1;
        }
      };
      try {
        await ask(line, calls.length, false, admit);
        while (next < calls.length) calls[next++]?.resolve(refusalBy(statesOf(line.leases)));
      } catch (error) {
        while (next < calls.length) calls[next++]?.reject(error);
      }
      waitingCount -= calls.length;
    }
    lines.delete(name);
  };

  const enqueue = (counters: readonly Counter[]): Promise<LimitDecision> => {
    if (waitingCount >= waitingMax)
      throw new LimitStoreUnavailableError('too many calls wait for the limits');
    waitingCount += 1;
    const name = JSON.stringify(counters.map((counter) => [nameOf(counter), counter.window.limit]));
    let line = lines.get(name);
    return new Promise((resolve, reject) => {
      if (line !== undefined) {
        line.waiting.push({ resolve, reject });
        return;
      }
      const leases = counters.map((counter) => table.open(counter));
      line = { counters, leases, waiting: [{ resolve, reject }] };
      lines.set(name, line);
      void work(name, line);
    });
  };

  /** Several permits at once, or a look: all of them or none. */
  const takeWhole = async (counters: readonly Counter[], permits: number): Promise<LimitDecision> => {
    const of = { counters, leases: counters.map((counter) => table.open(counter)) };
    let isAdmitted = permits === 0;
    await ask(of, permits, true, (count) => {
      isAdmitted ||= count > 0;
    });
    const states = statesOf(of.leases);
    return isAdmitted ? decide(states, 0) : refusalBy(states, permits);
  };

  return {
    take(requests, permits = 1) {
      const counters = countersOf(requests, permits);
      if (isClosed) throw new LimitStoreUnavailableError('the limits are closed');
      if (permits !== 1) return takeWhole(counters, permits);
      return decideHere(table, counters, clock) ?? enqueue(counters);
    },
    async close() {
      isClosed = true;
      table.clear();
      await trips.settled();
    },
  };
}

/** The decision of a node that holds a permit of every counter, or knows that there is none to be had. */
function decideHere(
  table: LeaseTable,
  counters: readonly Counter[],
  clock: Clock,
): LimitDecision | undefined {
  const nowMs = clock.monotonic();
  const leases: Lease[] = [];
  for (const counter of counters) {
    const lease = table.find(nameOf(counter));
    if (lease === undefined || lease.counter.window.limit !== counter.window.limit) return undefined;
    if (!lease.isRunning(nowMs)) return undefined;
    if (lease.unspent < 1 && !isFinal(lease, counter, counters, nowMs)) return undefined;
    leases.push(lease);
  }
  const decision = decide(
    leases.map((lease) => stateOf(lease, nowMs, clock.now(), 0)),
    1,
  );
  if (decision.admitted) for (const lease of leases) lease.spend();
  return decision;
}

/** Whether a refusal by this window says truly how long to wait: no other window can end later. */
function isFinal(lease: Lease, own: Counter, counters: readonly Counter[], nowMs: number): boolean {
  const leftMs = lease.endsNotBeforeMs - nowMs;
  return lease.isExhausted && counters.every((other) => other === own || other.window.windowMs <= leftMs);
}

function stateOf(lease: Lease, nowMs: number, unixNowMs: number, ahead: number): WindowState {
  const { window } = lease.counter;
  const isOpen = nowMs < lease.endsNotAfterMs;
  return {
    window,
    used: isOpen ? window.limit - lease.left - ahead : 0,
    leftMs: isOpen ? lease.endsNotAfterMs - nowMs : window.windowMs,
    resetAtMs: isOpen ? lease.endsAtMs : unixNowMs + window.windowMs,
  };
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
