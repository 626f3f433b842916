import { median, medianOfPairs } from '../medians.ts';
import type { MicroFigures } from '../micro/measure-micro.ts';
import type { OperationFigures } from '../micro/operation.ts';
import { atLeast, atMost, type Goal, short } from './goal.ts';
import { keyGoals } from './key-goals.ts';
import { markdownTable } from './markdown-table.ts';

export function microTable({ figures }: MicroFigures): string {
  const rows = Object.entries(figures).map(([name, rounds]) => {
    const [cpu, wall] = [rounds.map(({ cpuNs }) => cpuNs / 1e3), rounds.map(({ wallNs }) => wallNs / 1e3)];
    const range = `${short(Math.min(...wall))}..${short(Math.max(...wall))}`;
    return [name, short(median(cpu)), short(median(wall)), range];
  });
  return markdownTable(['each', 'CPU µs', 'wall µs', 'min..max'], rows);
}

export function microGoals(micro: MicroFigures): Goal[] {
  const { figures, redisCommandsPerDecision } = micro;
  const cpu = (a: OperationFigures, b: OperationFigures): number => a.cpuNs / b.cpuNs;
  const of = (name: string): readonly OperationFigures[] => figures[name] ?? [];
  const ours = of('a limit decision on Redis, 64 in flight');
  const theirs = of('rate-limiter-flexible on Redis, 64 in flight');
  return [
    ...keyGoals(micro),
    atLeast(
      'P6',
      'a limit decision beside rate-limiter-flexible, CPU',
      medianOfPairs(theirs, ours, cpu),
      10,
      ' ×',
    ),
    atLeast(
      'P6',
      'the same by wall time',
      medianOfPairs(theirs, ours, (a, b) => a.wallNs / b.wallNs),
      10,
      ' ×',
    ),
    atMost('P6', 'Redis commands for a decision', redisCommandsPerDecision, 0.1),
  ];
}
