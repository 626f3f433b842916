import type { Bench } from '../bench.ts';
import { moveToCore } from '../cores.ts';
import { proxySection } from '../report/proxy-section.ts';
import { measureProxy } from './measure-proxy.ts';

export const bench: Bench = async ({ rounds, seconds, nodeOptions, log }) => {
  moveToCore(1);
  return proxySection(await measureProxy({ rounds, seconds, nodeOptions, log }));
};
