import type { Bench } from '../bench.ts';
import { moveToCore } from '../cores.ts';
import { floodSection } from '../report/flood-section.ts';
import { measureFlood } from './measure-flood.ts';

export const bench: Bench = async ({ rounds, seconds, isShort, nodeOptions, log }) => {
  moveToCore(1);
  const requestsMin = isShort ? 50_000 : 1_000_000;
  const options = { rounds, seconds: Math.min(seconds, 2), requestsMin, nodeOptions, log };
  return floodSection(await measureFlood(options));
};
