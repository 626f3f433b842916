import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Memory that the node of this data folder has resident, bytes. Its process id stands in the lock of its journal. */
export async function residentBytes(dataFolder: string): Promise<number> {
  const [processId] = (await readFile(join(dataFolder, 'journal', 'lock'), 'latin1')).split(' ');
  const status = await readFile(`/proc/${processId}/status`, 'latin1');
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
}
