import { resolve } from 'node:path';
import { adoptJournal, noteNodeAtRest } from '@keyward/guard';
import type { Command } from 'commander';
import { print } from '../../output.ts';
import { withInstallation } from '../../with-installation.ts';

export function addAdopt(group: Command): void {
  group
    .command('adopt')
    .description('Take in the journal of a node that never came back. Doing it twice is harmless.')
    .argument('<folder>', 'the journal folder of that node, such as KEYWARD_DATA/journal')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward audit adopt /mnt/old-node/.keyward/journal')
    .action(async (folder: string, { json }: { json?: boolean }) => {
      const { nodeId, entries, findings } = await withInstallation(async ({ directUrl, database }) => {
        const adopted = await adoptJournal({ databaseUrl: directUrl, folder: resolve(folder) });
        // No month of the log waits for it any more (A5).
        await noteNodeAtRest(database, adopted.nodeId);
        return adopted;
      });
      const inWords = () =>
        [
          `${entries} ${entries === 1 ? 'entry' : 'entries'} of node ${nodeId} taken into the audit log; its journal holds nothing else.`,
          ...findings.map((finding) => `found: ${JSON.stringify(finding)}`),
        ].join('\n');
      print({ node_id: nodeId, entries, findings }, inWords, { json: json === true });
    });
}
