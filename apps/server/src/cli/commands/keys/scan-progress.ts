import { type ScanProgress, systemClock } from '@keyward/guard';

const redrawMs = 100;
const barLength = 24;

/** Draws how far a scan has come on standard error, when that is a terminal; undefined when it is none. */
export function drawProgress(): { onProgress(progress: ScanProgress): void; clear(): void } | undefined {
  const { stderr } = process;
  if (stderr.isTTY !== true) return undefined;
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  return {
    onProgress(progress) {
      const nowMs = systemClock.monotonic();
      if (nowMs - drawnAtMs < redrawMs) return;
      drawnAtMs = nowMs;
      stderr.write(`\r\u001b[K${inWords(progress)}`);
    },
    clear: () => void stderr.write('\r\u001b[K'),
  };
}

function inWords({ phase, done, total, bytes }: ScanProgress): string {
  const filled = total === 0 ? 0 : Math.min(barLength, Math.floor((barLength * done) / total));
  const bar = '#'.repeat(filled).padEnd(barLength, '.');
  const what = phase === 'files' ? 'files' : 'objects of git';
  return `[${bar}] ${done} of ${total} ${what}, ${(bytes / 1_000_000).toFixed(0)} MB`;
}
