import type { BenchOptions, Section } from './bench.ts';
import { type BenchName, benches } from './benches.ts';

// One benchmark in a process of its own, so that none finds what another left behind. It is told by IPC and answers so.

export interface BenchOrder {
  readonly name: BenchName;
  readonly options: Omit<BenchOptions, 'log'>;
}

const order = await new Promise<BenchOrder>((resolve) => process.once('message', resolve));
const bench = await benches[order.name]();
const log = (line: string): void => void process.stderr.write(`${order.name}: ${line}\n`);
const section: Section = await bench({ ...order.options, log });
process.send?.(section, () => process.disconnect());
