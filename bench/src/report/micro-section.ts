import { median } from '../medians.ts';
import type { MicroFigures } from '../micro/measure-micro.ts';
import { type Goal, short } from './goal.ts';
import { keyGoals } from './key-goals.ts';
import { limitGoals } from './limits-section.ts';
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
  return [...keyGoals(micro), ...limitGoals(micro)];
}
