import type { Bench } from '../bench.ts';
import { moveToCore } from '../cores.ts';
import { microSection } from '../report/micro-section.ts';
import { measureMicro } from './measure-micro.ts';

export const bench: Bench = async ({ rounds, isShort }) => {
  moveToCore(1);
  return microSection(await measureMicro({ rounds, roundMs: isShort ? 50 : 400 }));
};
