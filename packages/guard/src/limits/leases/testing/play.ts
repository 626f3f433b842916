import { type Counter, countersOf } from '../../counters.ts';
import type { LimitDecision, LimitStore } from '../../limit-store.ts';
import { leasedLimits } from '../leased-limits.ts';
import { type LatencyMs, ModelBank } from './model-bank.ts';
import { type LineName, requestsOf, type Scenario, windowMs } from './scenarios.ts';
import { Simulation } from './simulation.ts';

/** One decision that a caller got. */
export interface Answer {
  readonly line: LineName;
  readonly decision: LimitDecision;
  /** Simulated milliseconds. */
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

export interface Played {
  readonly asked: number;
  readonly answers: readonly Answer[];
  /** Permits of the key's own window that its callers got, the opening's with them. */
  admitted(): number;
  /** Calls that a node let in by itself without a permit of the window that runs. */
  unfounded(): number;
  /** Permits debited in each of the key's own windows, by the window's end. */
  used(): Map<number, number>;
  /** Asks a node until it refuses, now that nothing else happens and messages are quick. */
  exhaust(node: number): Promise<void>;
  /** Lets the window end, and opens the next as the first. */
  openNext(): Promise<void>;
  close(): Promise<void>;
}

/** Plays a scenario to its end. `isOrdered`: whether messages of one node keep their order, as on one connection. */
export async function play(scenario: Scenario, isOrdered = true): Promise<Played> {
  const { limit, nodes, latenciesMs, slowByMs, opening, killedAtMs } = scenario;
  const simulation = new Simulation();
  let turn = 0;
  let isQuiet = false;
  const latencyMs: LatencyMs = (node, what) => {
    if (isQuiet) return 1;
    const quickMs = latenciesMs[turn++ % latenciesMs.length] ?? 0;
    return quickMs + (node === '0' && what === 'trip' ? slowByMs : 0);
  };
  const bank = new ModelBank(simulation, latencyMs, isOrdered);
  const stores = Array.from({ length: nodes }, (_, at) => openNode(bank, simulation, at));
  const answers: Answer[] = [];
  const own: Counter = { key: 'hot', window: { limit, windowMs } };
  let unfounded = 0;
  let isKilled = false;
  let opened = 0;

  const ask = async (node: number, line: LineName): Promise<LimitDecision | undefined> => {
    const isDead = () => isKilled && node === 0;
    if (isDead()) return undefined;
    const requests = requestsOf(line, limit);
    const askedAtMs = simulation.elapsedMs;
    const taken = (stores[node] as LimitStore).take(requests);
    if (!(taken instanceof Promise) && taken.admitted) {
      const founded = countersOf(requests, 1).map((counter) => bank.spend(`${node}`, counter));
      if (founded.includes(false)) unfounded += 1;
    }
    const decision = await taken;
    if (!isDead()) answers.push({ line, decision, askedAtMs, answeredAtMs: simulation.elapsedMs });
    return decision;
  };

  const open = async () => {
    const decision = await stores[nodes - 1]?.take(requestsOf('own', limit), opening);
    if (decision?.admitted) opened += opening;
  };
  void open();
  let asked = 0;
  for (const { atMs, node, line, calls, gapMs } of scenario.bursts) {
    asked += calls;
    for (let call = 0; call < calls; call += 1)
      simulation.after(atMs + call * gapMs, () => void ask(node % nodes, line));
  }
  if (killedAtMs !== null)
    simulation.after(killedAtMs, () => {
      isKilled = true;
      bank.kill('0');
    });
  await simulation.run();
  isQuiet = true;
  return {
    asked,
    answers,
    unfounded: () => unfounded,
    admitted: () => opened + answers.filter(({ decision }) => decision.admitted).length,
    used: () => bank.used(own),
    async exhaust(node) {
      for (let isAdmitted = true; isAdmitted; ) {
        const asking = ask(node % nodes, 'own');
        await simulation.run();
        isAdmitted = (await asking)?.admitted === true;
      }
    },
    async openNext() {
      simulation.after(windowMs, open);
      await simulation.run();
    },
    async close() {
      for (const store of stores) void store.close();
      await simulation.run();
    },
  };
}

function openNode(bank: ModelBank, simulation: Simulation, at: number): LimitStore {
  return leasedLimits({
    bank: bank.of(`${at}`),
    clock: simulation.clock(at * 1_000_003),
    sleep: simulation.sleep,
  });
}
