import type { Section } from '../bench.ts';
import { median } from '../medians.ts';
import type { StartUpFigures } from '../start-up/measure-start-up.ts';
import { atMost, type Goal } from './goal.ts';

/** P13. */
export function startUpSection(figures: StartUpFigures): Section {
  return { title: 'Starting', goals: startUpGoals(figures), paragraphs: [] };
}

function startUpGoals({ firstMs, laterMs, idleBytes }: StartUpFigures): Goal[] {
  return [
    atMost('P13', 'first start to ready, embedded database', firstMs / 1e3, 4, ' s'),
    atMost('P13', 'later starts', median(laterMs) / 1e3, 2, ' s'),
    ...(idleBytes === undefined
      ? []
      : [atMost('P13', 'memory idle: node, supervisor and database (PSS)', idleBytes / 1e6, 250, ' MB')]),
  ];
}
