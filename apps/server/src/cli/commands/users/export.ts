import { exportPerson, isProblem, snakeCase } from '@keyward/guard';
import type { Command } from 'commander';
import { archiveDeps } from '../../../audit-archive.ts';
import { failOn } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';
import { shipLocalJournal } from '../audit/ship-local-journal.ts';

export function addExport(group: Command): void {
  group
    .command('export')
    .description('Write everything that is held about a person as JSON lines (GDPR, article 15).')
    .argument('<id or email>')
    .addHelpText('after', '\nExample:\n  keyward users export bob@example.com > bob.jsonl')
    .action(async (user: string) => {
      await withInstallation(async (installation) => {
        await shipLocalJournal(installation);
        const held = await exportPerson(await archiveDeps(installation), user);
        if (isProblem(held)) return failOn(held);
        for await (const { kind, data } of held)
          await write(`${JSON.stringify({ kind, ...snakeCase(data) })}\n`);
      });
    });
}

/** Waits while the reader of standard output is slower than the database. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
