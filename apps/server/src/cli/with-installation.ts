import { processEnvironment, readConfig } from '../config.ts';
import { type Installation, openInstallation } from '../installation.ts';
import { createLog } from '../log.ts';

/** Opens the installation for the time that a command needs it, whether a server runs or not. */
export async function withInstallation<Result>(
  work: (installation: Installation) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(processEnvironment());
  // A command speaks through its result; the log is for what went wrong.
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const installation = await openInstallation(config, 'tool', log);
  try {
    return await work(installation);
  } finally {
    await installation.close();
  }
}
