import type { LeasedNode } from './contenders.ts';

const limit = 20_000;
const calls = 30_000;
const inFlight = 64;
const requests = [{ key: 'exact', windows: [{ limit, windowMs: 3_600_000 }] }];

/** One hot key over two nodes: how many calls they let in, and what that cost them. */
export interface Exactness {
  readonly limit: number;
  readonly admitted: number;
  /** Commands of both nodes for each call that was let in. */
  readonly commandsPerDecision: number;
}

/** Sends both nodes more calls than the key has permits, 64 at a time on each. */
export async function measureExactness(nodes: readonly LeasedNode[]): Promise<Exactness> {
  const sentBefore = sum(nodes);
  let left = calls;
  let admitted = 0;
  let commands = 0;
  const client = async ({ store }: LeasedNode) => {
    while (left > 0) {
      left -= 1;
      const decision = await store.take(requests);
      if (!decision.admitted) continue;
      admitted += 1;
      commands = sum(nodes) - sentBefore;
    }
  };
  await Promise.all(nodes.flatMap((node) => Array.from({ length: inFlight }, () => client(node))));
  return { limit, admitted, commandsPerDecision: commands / admitted };
}

function sum(nodes: readonly LeasedNode[]): number {
  return nodes.reduce((total, node) => total + node.sent(), 0);
}
