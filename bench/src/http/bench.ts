import type { Bench } from '../bench.ts';
import { moveToCore } from '../cores.ts';
import { httpSection } from '../report/http-section.ts';
import { measureHttp } from './measure-http.ts';

export const bench: Bench = async ({ rounds, seconds, nodeOptions, log }) => {
  // Core 0 is left to what is measured.
  moveToCore(1);
  return httpSection(await measureHttp({ rounds, seconds, connections: 64, nodeOptions, log }));
};
