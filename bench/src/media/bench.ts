import type { Bench } from '../bench.ts';
import { atMost, short } from '../report/goal.ts';
import { measureMedia } from './measure-media.ts';

/** P12, media: uploads to the product as its users run it. Needs Linux, for /proc. */
export const bench: Bench = async ({ rounds }) => {
  const figures = await measureMedia({ rounds: Math.min(rounds, 5) });
  const mebibytes = (bytes: number): number => bytes / 2 ** 20;
  return {
    title: 'Media',
    goals: [
      atMost('P12', '50 MiB video: memory of the node', mebibytes(figures.videoGrowthBytes), 32, ' MiB'),
      atMost('P12', 'twenty of them at once', mebibytes(figures.twentyGrowthBytes), 32, ' MiB'),
      atMost('P12', '50 MiB video: CPU of hashing and CID alone', figures.videoCpuRatio, 1.5, ' ×'),
      atMost('P12', '12 MP JPEG: CPU of decoding and hashing alone', figures.photoCpuRatio, 1.3, ' ×'),
    ],
    paragraphs: [
      `Uploads over HTTP to the product on its embedded database; CPU of the node and its checking processes. A video costs ${short(figures.videoCpuMs)} ms; a JPEG that has to be turned ${short(figures.turnedPhotoCpuRatio)} × decoding and hashing alone.`,
    ],
  };
};
