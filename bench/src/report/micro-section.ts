import type { Section } from '../bench.ts';
import { median } from '../medians.ts';
import type { MicroFigures } from '../micro/measure-micro.ts';
import { short } from './goal.ts';
import { keyGoals } from './key-goals.ts';
import { limitGoals, limitTable } from './limits-section.ts';
import { markdownTable } from './markdown-table.ts';

/** P5, P6, and what the parts cost by themselves. */
export function microSection(micro: MicroFigures): Section {
  return {
    title: 'The parts by themselves',
    goals: [...keyGoals(micro), ...limitGoals(micro)],
    paragraphs: [microTable(micro), limitTable(micro)],
  };
}

function microTable({ figures }: MicroFigures): string {
  const rows = Object.entries(figures).map(([name, rounds]) => {
    const [cpu, wall] = [rounds.map(({ cpuNs }) => cpuNs / 1e3), rounds.map(({ wallNs }) => wallNs / 1e3)];
    const range = `${short(Math.min(...wall))}..${short(Math.max(...wall))}`;
    return [name, short(median(cpu)), short(median(wall)), range];
  });
  return markdownTable(['each', 'CPU µs', 'wall µs', 'min..max'], rows);
}
