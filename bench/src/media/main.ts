import { parseArgs } from 'node:util';
import { atMost, goalTable } from '../report/goal.ts';
import { measureMedia } from './measure-media.ts';

// P12's figures of media: uploads to the product as its users run it. Needs Linux, for /proc.
// npm run bench -- media [--short] [--rounds N]

const { values } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { rounds: { type: 'string' }, short: { type: 'boolean', default: false } },
});
const figures = await measureMedia({ rounds: Number(values.rounds ?? (values.short ? 1 : 5)) });
const mebibytes = (bytes: number): number => bytes / 2 ** 20;
const goals = [
  atMost('P12', '50 MiB video: memory of the node', mebibytes(figures.videoGrowthBytes), 32, ' MiB'),
  atMost('P12', 'twenty of them at once', mebibytes(figures.twentyGrowthBytes), 32, ' MiB'),
  atMost('P12', '50 MiB video: CPU of hashing and CID alone', figures.videoCpuRatio, 1.5),
  atMost('P12', '12 MP JPEG: CPU of decoding and hashing alone', figures.photoCpuRatio, 1.3),
];
process.stdout.write(
  `${goalTable(goals)}\n\nA video costs ${figures.videoCpuMs.toFixed(0)} ms of CPU; ` +
    `a JPEG that has to be turned ${figures.turnedPhotoCpuRatio.toFixed(2)} of decoding and hashing alone.\n`,
);
