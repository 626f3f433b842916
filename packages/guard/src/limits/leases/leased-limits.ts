import type { Clock } from '../../clock.ts';
import { type Counter, countersOf } from '../counters.ts';
import { decide, refusalBy } from '../decide.ts';
import { BankWatch, type LimitState } from '../fallback/bank-watch.ts';
import { decideAlone } from '../fallback/decide-alone.ts';
import { OverflowCounts } from '../fallback/overflow-counts.ts';
import { reportDebts } from '../fallback/report-debts.ts';
import { type LimitDecision, type LimitStore, LimitStoreUnavailableError } from '../limit-store.ts';
import { decideHere, statesOf } from './decide-here.ts';
import type { Lease } from './lease.ts';
import { BrokenCounterError, type LeaseBank, type LeaseReply, nameOf } from './lease-bank.ts';
import { LeaseTable } from './lease-table.ts';
import { type Leases, leaseTrips, type TripReply } from './lease-trips.ts';

export interface LeasedLimitsOptions {
  readonly bank: LeaseBank;
  readonly clock: Clock;
  /** Windows that the node remembers, about 500 bytes each (default 100,000). Beyond it more calls ask the bank. */
  readonly leasesMax?: number;
  /** Calls that may wait for the bank at once; further ones are decided as while it is away (default 10,000). */
  readonly waitingMax?: number;
  /**
   * While the bank is away: `local` (default) goes on with this node's share of each limit, `refuse` rejects with
   * `LimitStoreUnavailableError` whatever the node holds no permit for (L5).
   */
  readonly whenAway?: WhenAway;
  /** Hears when the node begins and ends to go on alone. */
  readonly onChange?: (state: LimitState) => void;
  /** Waits for permits that other nodes give back. Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Waits between signs of life, and keeps nothing alive. Default: a timer. */
  readonly pause?: (ms: number) => Promise<void>;
}

export type WhenAway = 'local' | 'refuse';

export interface LeasedLimits extends LimitStore {
  /** Whether all nodes share their counts now (L5). */
  isShared(): boolean;
}

/** How long a refusal waits for permits that were recalled (L3): 50 ms in all, looked for in ever longer steps. */
const recallStepsMs = [2, 4, 8, 12, 24];

/** Calls of the same counters; those that wait ask the bank together. */
interface Line extends Leases {
  waiting: Call[];
}

type Admit = (count: number, reply: TripReply) => void;

interface Call {
  resolve(decision: LimitDecision): void;
  reject(error: unknown): void;
}

/**
 * Limits that a node decides by itself from permits that it has debited at the bank before (docs/decisions/limits.md):
 * never more than the limit over all nodes (L3), most decisions without a trip.
 */
export function leasedLimits(options: LeasedLimitsOptions): LeasedLimits {
  const { bank, clock, leasesMax = 100_000, waitingMax = 10_000, sleep = timer } = options;
  const { whenAway = 'local', onChange = () => {}, pause = idleTimer } = options;
  const overflow = new OverflowCounts();
  const watch = new BankWatch({
    ...{ bank, pause, onChange },
    report: () => reportDebts(table, trips, clock),
    onEmptied: () => {
      for (const lease of table) lease.beginAgain(clock.monotonic());
    },
  });
  const trips = leaseTrips(bank, clock, watch);
  const table: LeaseTable = new LeaseTable(leasesMax, {
    opened(lease) {
      const bucket = overflow.find(lease.counter, clock.monotonic());
      const spentMax = Math.min(bucket?.used ?? 0, lease.counter.window.limit);
      if (bucket !== undefined) lease.beginOwn(bucket.endMs, bucket.resetAtMs, spentMax);
    },
    release(lease) {
      if (lease.unspent > 0 && lease.isRunning(clock.monotonic())) trips.giveBack(lease);
    },
    forgotten(lease) {
      const nowMs = clock.monotonic();
      const mustStay = lease.debt(nowMs).permits > 0 || !watch.isShared;
      if (mustStay && lease.isRunning(nowMs)) overflow.add(lease.counter, lease.spent, nowMs, clock.now());
    },
  });
  const lines = new Map<string, Line>();
  let waitingCount = 0;
  let isClosed = false;
  void watch.start();

  bank.onRecall((names) => {
    if (names.length === 0) void watch.look();
    const nowMs = clock.monotonic();
    for (const name of names) {
      const lease = table.find(name);
      if (lease === undefined || !lease.isRunning(nowMs)) continue;
      lease.isStrict = true;
      trips.giveBack(lease);
    }
  });

  /** Whether another look may find the `needed` permits of every window that had not so many. */
  const maySomeReturn = ({ leases }: Leases, reply: LeaseReply, needed: number): boolean =>
    leases.every((lease, at) => {
      const window = reply.windows[at];
      // Calls of other windows may have brought permits meanwhile, or be about to.
      if ((window?.remaining ?? 0) >= needed || lease.left >= needed) return true;
      return isMoving(lease) || (window?.isHeldElsewhere === true && !lease.wasRecalledInVain);
    });

  const bankFailed = (error: unknown): never => {
    if (error instanceof LimitStoreUnavailableError && !(error instanceof BrokenCounterError)) watch.failed();
    throw error;
  };

  /** The decision while the bank is away. */
  const alone = (counters: readonly Counter[], permits: number, cause?: unknown): LimitDecision => {
    if (whenAway === 'local')
      return decideAlone({ table, overflow, clock, nodes: watch.nodes }, counters, permits);
    throw cause ?? new LimitStoreUnavailableError('the limits are away');
  };

  /** The same for calls that waited in vain. */
  const settleAlone = (counters: readonly Counter[], calls: readonly Call[], cause: unknown): void => {
    for (const { resolve, reject } of calls) {
      try {
        if (!(cause instanceof LimitStoreUnavailableError)) throw cause;
        resolve(decideHere(table, counters, clock) ?? alone(counters, 1, cause));
      } catch (error) {
        reject(error);
      }
    }
  };

  /** Gives `calls` their permits, as far as there are any, and says by which windows the rest is refused. */
  const ask = async (of: Leases, calls: number, isWhole: boolean, admit: Admit): Promise<TripReply> => {
    let missing = calls;
    let recalled: readonly Counter[] = [];
    for (let step = 0; ; step += 1) {
      const reply = await trips.ask(of, missing, isWhole).catch(bankFailed);
      missing -= reply.admitted;
      admit(reply.admitted, reply);
      if (missing === 0) return reply;
      const stepMs = recallStepsMs[step];
      const needed = isWhole ? calls : 1;
      if (stepMs === undefined || !maySomeReturn(of, reply, needed)) {
        refused(of, reply, stepMs === undefined ? recalled : []);
        return reply;
      }
      if (recalled.length === 0) {
        const isHeld = (at: number) => reply.windows[at]?.isHeldElsewhere === true;
        recalled = of.counters.filter((_, at) => isHeld(at) && (of.leases[at]?.left ?? 0) < needed);
        if (recalled.length > 0) bank.recall(recalled);
      }
      await sleep(stepMs);
    }
  };

  /** The bank has refused: no node leases ahead in these windows any more, and what is final is remembered. */
  const refused = (
    { counters, leases }: Leases,
    reply: LeaseReply,
    recalledInVain: readonly Counter[],
  ): void => {
    for (const [at, lease] of leases.entries()) {
      if (lease.left > 0) continue;
      const isHeldElsewhere = reply.windows[at]?.isHeldElsewhere === true;
      lease.isStrict = true;
      lease.wasRecalledInVain ||= isHeldElsewhere && recalledInVain.includes(counters[at] as Counter);
      lease.isExhausted = !isHeldElsewhere && !isMoving(lease);
    }
  };

  const work = async (name: string, line: Line): Promise<void> => {
    // Those who ask at the same moment go along.
    await undefined;
    while (line.waiting.length > 0) {
      const calls = line.waiting;
      line.waiting = [];
      let next = 0;
      const admit = (count: number, reply: TripReply): void => {
        if (count === 0) return;
        const last = decide(statesOf(line, reply, clock.now()), 0);
        // Each of them has taken one permit of every window: what is left differs, and nothing else.
        for (let left = count - 1; left >= 0; left -= 1) {
          calls[next]?.resolve(left === 0 ? last : { ...last, remaining: last.remaining + left });
          next += 1;
        }
      };
      try {
        const reply = await ask(line, calls.length, false, admit);
        if (next < calls.length) {
          const refusal = refusalBy(statesOf(line, reply, clock.now()));
          while (next < calls.length) calls[next++]?.resolve(refusal);
        }
      } catch (error) {
        // The bank is not asked again for those that came meanwhile.
        const others = watch.isShared ? [] : line.waiting.splice(0);
        waitingCount -= others.length;
        settleAlone(line.counters, [...calls.slice(next), ...others], error);
      }
      waitingCount -= calls.length;
    }
    lines.delete(name);
  };

  const enqueue = (counters: readonly Counter[]): Promise<LimitDecision> => {
    waitingCount += 1;
    const name = lineName(counters);
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
    try {
      const reply = await ask(of, permits, true, (count) => {
        isAdmitted ||= count > 0;
      });
      const states = statesOf(of, reply, clock.now());
      return isAdmitted ? decide(states, 0) : refusalBy(states, permits);
    } catch (error) {
      if (error instanceof LimitStoreUnavailableError) return alone(counters, permits, error);
      throw error;
    }
  };

  return {
    take(requests, permits = 1) {
      const counters = countersOf(requests, permits);
      if (isClosed) throw new LimitStoreUnavailableError('the limits are closed');
      const here = permits === 1 ? decideHere(table, counters, clock) : undefined;
      if (here !== undefined) return here;
      if (!watch.isShared || waitingCount >= waitingMax) return alone(counters, permits);
      return permits === 1 ? enqueue(counters) : takeWhole(counters, permits);
    },
    isShared: () => watch.isShared,
    async close() {
      isClosed = true;
      watch.close();
      // Away, the bank could take nothing back.
      if (watch.isShared) {
        await reportDebts(table, trips, clock).catch(() => {});
        table.clear();
      }
      await trips.settled();
      if (watch.isShared) await bank.leave().catch(() => {});
    },
  };
}

/** Whether permits of the window are set aside, on their way back to the bank, or may be on their way here. */
function isMoving(lease: Lease): boolean {
  return lease.away > 0 || lease.asking > 0;
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function idleTimer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

// A key's counters are one list for as long as the key is remembered.
const lineNames = new WeakMap<readonly Counter[], string>();

/** One name for each list of counters and limits: every part says how long it is. */
function lineName(counters: readonly Counter[]): string {
  const known = lineNames.get(counters);
  if (known !== undefined) return known;
  let name = '';
  for (const counter of counters) {
    const one = nameOf(counter);
    name += `${counter.window.limit},${one.length}:${one}`;
  }
  lineNames.set(counters, name);
  return name;
}
