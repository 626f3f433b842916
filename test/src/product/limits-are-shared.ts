import { vi } from 'vitest';
import type { Keyward } from './keyward.ts';

/** Waits until these nodes count limits together: one that Redis keeps waiting, as on a busy machine, counts alone meanwhile. */
export async function limitsAreShared(nodes: readonly Keyward[]): Promise<void> {
  const isShared = async (node: Keyward) => {
    const { checks } = (await (await node.fetch('/readyz')).json()) as { checks: { limits: string } };
    return checks.limits === 'ok';
  };
  const areShared = async () => (await Promise.all(nodes.map(isShared))).every(Boolean);
  await vi.waitUntil(areShared, { timeout: 60_000 });
}
