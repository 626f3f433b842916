import { openDatabase } from '../../../database/database.ts';
import { archiveMonths } from '../archive-months.ts';
import { archiveDeps } from './archive-bed.ts';

// Archives, and dies as by kill -9 after the given step. Run as a process of its own.

const [url = '', folder = '', keyringText = '', fatalStep = '', month = ''] = process.argv.slice(2);
const database = openDatabase({ url });
const deps = archiveDeps(database, folder, keyringText, {
  step: (step) => {
    if (step === fatalStep) process.kill(process.pid, 'SIGKILL');
  },
});
await archiveMonths(deps, { month });
await database.close();
