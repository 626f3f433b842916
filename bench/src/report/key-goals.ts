import { medianOfPairs } from '../medians.ts';
import { betterAuthNames } from '../micro/better-auth.ts';
import { keyNames } from '../micro/keys.ts';
import type { MicroFigures } from '../micro/measure-micro.ts';
import type { OperationFigures } from '../micro/operation.ts';
import { atLeast, atMost, type Goal } from './goal.ts';

/** P5, and what refusing an invented key costs (P9). */
export function keyGoals({ figures, keyLookUps }: MicroFigures): Goal[] {
  const cpu = (a: OperationFigures, b: OperationFigures): number => a.cpuNs / b.cpuNs;
  const wall = (a: OperationFigures, b: OperationFigures): number => a.wallNs / b.wallNs;
  const ratio = (a: string, b: string, compare: typeof cpu): number =>
    medianOfPairs(figures[a] ?? [], figures[b] ?? [], compare);
  const { unlimited64, limited64 } = betterAuthNames;
  const { warm, warm64, sha256 } = keyNames;
  return [
    atMost('P5', 'verifying a warm key beside one SHA-256', ratio(warm, sha256, cpu), 3, ' ×'),
    atLeast(
      'P5',
      "beside Better Auth's verifyApiKey, its limits off, 64 in flight",
      ratio(unlimited64, warm64, wall),
      300,
      ' ×',
    ),
    atLeast('P5', 'the same with its limits on', ratio(limited64, warm64, wall), 300, ' ×'),
    atMost('P5', 'database look-ups for warm and invented keys', keyLookUps, 0),
  ];
}
