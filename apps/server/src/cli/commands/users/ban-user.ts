import { banSchema, banUser, unbanUser } from '@keyward/guard';
import type { Command } from 'commander';
import { byCli, parseDuration, validated } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';
import { printChange } from './print-change.ts';

interface BanOptions {
  readonly reason: string;
  readonly expiresIn?: number;
  readonly json?: boolean;
}

export function addBan(group: Command): void {
  group
    .command('ban')
    .description('Keep a person out and revoke all their keys, on every node, for good.')
    .argument('<id or email>')
    .requiredOption('--reason <text>', 'why; it is kept in the audit log')
    .option(
      '--expires-in <duration>',
      'when the ban ends by itself, such as 7d; keys stay revoked',
      parseDuration,
    )
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExamples:\n  keyward users ban bob@example.com --reason "abuse of the API"\n  keyward users ban bob@example.com --reason "under inquiry" --expires-in 7d',
    )
    .action(async (user: string, { reason, expiresIn, ...output }: BanOptions) => {
      const ban = validated(banSchema, { user, reason, expiresInMs: expiresIn });
      await withInstallation(async (installation) => {
        const changed = await banUser(installation, ban, byCli);
        printChange(changed, 'is banned', installation.clock, output);
      });
    });
}

export function addUnban(group: Command): void {
  group
    .command('unban')
    .description('Lift a ban. The keys that it revoked stay revoked.')
    .argument('<id or email>')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward users unban bob@example.com')
    .action(async (user: string, output: { json?: boolean }) => {
      await withInstallation(async (installation) => {
        const changed = await unbanUser(installation, user, byCli);
        printChange(changed, 'is not banned', installation.clock, output);
      });
    });
}
