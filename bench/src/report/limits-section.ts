import { inFlightMax, limitName } from '../limits/limit-names.ts';
import { medianOfPairs } from '../medians.ts';
import type { MicroFigures } from '../micro/measure-micro.ts';
import type { OperationFigures } from '../micro/operation.ts';
import { atLeast, atMost, type Goal, short } from './goal.ts';
import { markdownTable } from './markdown-table.ts';

const ours = limitName('ours, leased', inFlightMax);
const smallest = limitName('ours, leased, 1,000 a minute', inFlightMax);
const theirs = limitName('rate-limiter-flexible', inFlightMax);

/** P6: what a decision costs, and that the same nodes let in exactly what the limit says. */
export function limitGoals({ figures, limits: { commandsPerDecision, exactness } }: MicroFigures): Goal[] {
  const ratio = (a: string, b: string, of: (one: OperationFigures) => number): number =>
    medianOfPairs(figures[a] ?? [], figures[b] ?? [], (one, other) => of(one) / of(other));
  const cpu = (one: OperationFigures): number => one.cpuNs;
  const wall = (one: OperationFigures): number => one.wallNs;
  return [
    atLeast('P6', 'a limit decision beside rate-limiter-flexible, CPU', ratio(theirs, ours, cpu), 10, ' ×'),
    atLeast('P6', 'the same by wall time', ratio(theirs, ours, wall), 10, ' ×'),
    atLeast('P6', 'the same in windows of 1,000 a minute, CPU', ratio(theirs, smallest, cpu), 10, ' ×'),
    atMost('P6', 'Redis commands for a decision', commandsPerDecision[ours] ?? Number.NaN, 0.1),
    atMost('P6', 'the same in windows of 1,000 a minute', commandsPerDecision[smallest] ?? Number.NaN, 0.1),
    {
      ...{ id: 'L3', what: 'let in by two such nodes in one window, in this run' },
      goal: `= ${exactness.limit}`,
      measured: `${exactness.admitted}`,
      isMet: exactness.admitted === exactness.limit,
    },
    atMost('P6', 'Redis commands for each of these', exactness.commandsPerDecision, 0.1),
  ];
}

/** Redis commands for a decision, an operation a row. */
export function limitTable({ limits: { commandsPerDecision } }: MicroFigures): string {
  const rows = Object.entries(commandsPerDecision).map(([name, commands]) => [name, short(commands)]);
  return markdownTable(['a limit decision', 'Redis commands'], rows);
}
