// Loaded into the node before anything else: notes how much CPU its main thread has used between two turns of its event
// loop. Time that the machine gave to others does not count, so that a busy machine is not taken for a blocked loop.
import { writeFileSync } from 'node:fs';

const folder = process.env.LOOP_WATCH_FOLDER;
let longestMs = 0;
let last = process.threadCpuUsage();
setInterval(() => {
  const { user, system } = process.threadCpuUsage(last);
  last = process.threadCpuUsage();
  longestMs = Math.max(longestMs, (user + system) / 1000);
}, 5).unref();
process.on('SIGUSR2', () => {
  writeFileSync(`${folder}/${process.pid}.ms`, String(longestMs));
  longestMs = 0;
});
writeFileSync(`${folder}/${process.pid}`, '');
