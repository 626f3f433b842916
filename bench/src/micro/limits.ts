import { memoryLimits } from '@keyward/guard';
import { type Contender, openContenders, openLeasedNode } from '../limits/contenders.ts';
import { type Exactness, measureExactness } from '../limits/exactness.ts';
import { inFlightMax, limitName } from '../limits/limit-names.ts';
import type { Operation } from './operation.ts';

export interface LimitFigures {
  /** Commands sent to Redis for each decision, by the operation's name. */
  readonly commandsPerDecision: Readonly<Record<string, number>>;
  readonly exactness: Exactness;
}

export interface LimitOperations {
  readonly operations: readonly Operation[];
  /** What was counted while the operations were measured; and whether the same nodes are exact. */
  figures(): Promise<LimitFigures>;
  close(): Promise<void>;
}

/** P6: decisions on hot keys in Redis, one at a time and 64 in flight, and in memory on 1,000 keys in rotation. */
export async function limitOperations(redisUrl: string): Promise<LimitOperations> {
  const nodes = await Promise.all([1, 2].map(() => openLeasedNode(redisUrl, 'bench-leased')));
  const [first] = nodes;
  if (first === undefined) throw new Error('there is no node to measure');
  const contenders = await openContenders(redisUrl, first);
  const counted = contenders.flatMap((contender) =>
    [1, inFlightMax].map((inFlight) => hotKey(contender, inFlight)),
  );
  return {
    operations: [inMemory(), ...counted.map(({ operation }) => operation)],
    async figures() {
      const commandsPerDecision = Object.fromEntries(
        counted.map(({ operation, commandsPerDecision }) => [operation.name, commandsPerDecision()]),
      );
      return { commandsPerDecision, exactness: await measureExactness(nodes) };
    },
    async close() {
      for (const each of [...contenders, ...nodes]) await each.close();
    },
  };
}

/** Decisions on a key until half of its permits are spent, then on the next. */
function hotKey(contender: Contender, inFlight: number) {
  const name = limitName(contender.name, inFlight);
  const times = inFlightMax;
  let decisions = 0;
  let sent = 0;
  const key = (): string => {
    decisions += 1;
    return `${name} ${Math.floor((2 * decisions) / contender.limit)}`;
  };
  const oneAtATime = async () => {
    for (let call = 0; call < times; call += 1) await contender.decide(key());
  };
  const operation: Operation = {
    name,
    times,
    async run() {
      const sentBefore = contender.sent();
      if (inFlight === 1) await oneAtATime();
      else await Promise.all(Array.from({ length: times }, () => contender.decide(key())));
      sent += contender.sent() - sentBefore;
    },
  };
  return { operation, commandsPerDecision: () => sent / decisions };
}

function inMemory(): Operation {
  const store = memoryLimits();
  const subjects = Array.from({ length: 1_000 }, (_, at) => [
    { key: `key:${at}`, windows: [{ limit: 1_000_000_000, windowMs: 3_600_000 }] },
  ]);
  return {
    name: 'a limit decision in memory',
    times: subjects.length,
    run() {
      for (const subject of subjects) store.take(subject);
    },
  };
}
