import type { Bench } from '../bench.ts';
import { startUpSection } from '../report/start-up-section.ts';
import { measureStartUp } from './measure-start-up.ts';

export const bench: Bench = async ({ isShort }) =>
  startUpSection(await measureStartUp({ rounds: isShort ? 1 : 5, idleMs: isShort ? 500 : 10_000 }));
