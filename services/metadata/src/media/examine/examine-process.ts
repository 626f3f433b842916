/**
 * A process of its own that decodes what strangers sent. It is forked without our environment, so it knows no secret,
 * and it may be killed at any moment: it works on files of one upload only.
 */
import { writeFileSync } from 'node:fs';
import { type Job, readyMessage } from './job.ts';
import { memoryExitCode } from './memory-exit-code.ts';
import { runJob } from './run-job.ts';

const residentBytesMax = 1024 * 1024 * 1024;
const watchIntervalMs = 20;

preferUs();
process.on('disconnect', () => process.exit(0));
process.on('message', (job: Job) => {
  // Native code allocates outside the reach of V8's limits; decoding runs on other threads, so this timer stays punctual.
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() > residentBytesMax) process.exit(memoryExitCode);
  }, watchIntervalMs);
  runJob(job).then(
    (outcome) => {
      process.send?.(outcome);
      // A moment longer, for what the job leaves behind. Afterwards nothing is allocated, and an idle process sleeps.
      setTimeout(() => clearInterval(watch), 2 * watchIntervalMs);
    },
    () => process.exit(1),
  );
});

process.send?.(readyMessage);

/** When the machine runs out of memory, Linux shall end this process and not the server. */
function preferUs(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Another system, or a read-only /proc: the watch above is what remains.
  }
}
