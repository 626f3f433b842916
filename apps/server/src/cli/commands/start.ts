import type { Command } from 'commander';
import { processEnvironment, readConfig } from '../../config.ts';
import { createLog } from '../../log.ts';
import { startNode } from '../../node.ts';

export function start(program: Command): void {
  program
    .command('start')
    .description('Run this node until it is told to stop (SIGTERM or Ctrl-C).')
    .action(async () => {
      const config = readConfig(processEnvironment());
      const log = createLog(config.logLevel);
      // Asked to stop while still starting: finish starting, then stop, so that nothing is left half done.
      // Ctrl-C under npm arrives twice, from the terminal and from npm: the second must not cut the first short.
      const stopAsked = new Promise<string>((resolve) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
      });
      const node = await startNode(config, log);
      process.stdout.write(`Keyward listens on ${node.url}\n`);
      log.info({ signal: await stopAsked }, 'stopping');
      await node.stop();
      log.info('stopped');
    });
}
