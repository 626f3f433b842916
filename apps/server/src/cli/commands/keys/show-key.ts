import { presentKey } from '@keyward/control';
import { showKey, unusedScopes } from '@keyward/guard';
import type { Command } from 'commander';
import { CommandFailed, print } from '../../output.ts';
import { withServices } from '../../with-services.ts';
import { keyInWords } from './key-in-words.ts';

export function addShow(group: Command): void {
  group
    .command('show')
    .description('Show one key, without its secret.')
    .argument('<id>')
    .option('--json', 'print one JSON value')
    .action(async (id: string, options: { json?: boolean }) => {
      const shown = await withServices(async ({ database, clock, routes }) => {
        const key = await showKey(database.orm, id);
        if (key === undefined) throw new CommandFailed(`There is no key ${id}.`);
        const unused = await unusedScopes(database, key, routes, clock.now());
        return { ...presentKey(key, clock), unused_scopes: unused };
      });
      print(shown, () => keyInWords(shown), options);
    });
}
