import { auditReceipt } from '@keyward/guard';
import type { Command } from 'commander';
import { CommandFailed } from '../../output.ts';
import { withInstallation } from '../../with-installation.ts';
import { shipLocalJournal } from './ship-local-journal.ts';

export function addProof(group: Command): void {
  group
    .command('proof')
    .description('Print the receipt of a request as JSON: the proof that it stands in the log.')
    .argument('<request id>', 'X-Request-Id of the answer')
    .addHelpText(
      'after',
      '\nExample:\n  keyward audit proof 0199f3a0-7c1e-7d6a-a8de-0c8d2f5e4b11 > receipt.json',
    )
    .action(async (requestId: string) => {
      const result = await withInstallation(async (installation) => {
        await shipLocalJournal(installation);
        return auditReceipt(installation.database, requestId, { userId: undefined, seesAll: true });
      });
      if (result.kind === 'unknown') throw new CommandFailed('there is no such request in the log.');
      if (result.kind === 'uncovered')
        throw new CommandFailed('no checkpoint covers it yet; while a node runs, one does within 10 s.');
      process.stdout.write(`${JSON.stringify(result.receipt, null, 2)}\n`);
    });
}
