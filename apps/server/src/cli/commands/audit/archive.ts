import {
  ArchiveFault,
  archivableMonths,
  archiveMonths,
  giveUpNode,
  monthPattern,
  type OldMonth,
} from '@keyward/guard';
import { type Command, InvalidArgumentError } from 'commander';
import { archiveDeps } from '../../../audit-archive.ts';
import type { Installation } from '../../../installation.ts';
import { CommandFailed, print } from '../../output.ts';
import { byCli, collect } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';
import { shipLocalJournal } from './ship-local-journal.ts';

interface ArchiveOptions {
  readonly month?: string;
  readonly withoutNode?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addArchive(group: Command): void {
  group
    .command('archive')
    .description(
      'Bring months that are older than AUDIT_ONLINE_DAYS into archives. A job does the same daily.',
    )
    .option('--month <YYYY-MM>', 'this month alone', parseMonth)
    .option('--without-node <id>', 'a node whose journal is lost; repeatable', collect)
    .option('--dry-run', 'show what would be archived, and change nothing')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExamples:\n  keyward audit archive --dry-run\n  keyward audit archive --month 2026-01',
    )
    .action(async (options: ArchiveOptions) => {
      await withInstallation((installation) =>
        options.dryRun === true ? preview(installation, options) : archive(installation, options),
      );
    });
}

async function preview(installation: Installation, options: ArchiveOptions): Promise<void> {
  const months = await archivableMonths(await archiveDeps(installation), options.month);
  const inWords = ({ month, waitsFor }: OldMonth): string =>
    waitsFor.length === 0
      ? `${month} would be archived.`
      : `${month} waits for the journal of ${waitsFor.join(', ')}.`;
  const data = months.map(({ month, waitsFor }) => ({ month, waits_for: waitsFor }));
  print({ data }, () => months.map(inWords).join('\n') || 'Nothing is old enough.', options);
}

async function archive(installation: Installation, options: ArchiveOptions): Promise<void> {
  await shipLocalJournal(installation);
  for (const node of options.withoutNode ?? []) {
    if (!(await giveUpNode(installation.database, node, byCli, installation.clock)))
      throw new CommandFailed(`no month waits for a node ${node}.`);
  }
  const { archived, blocked } = await archiveMonths(await archiveDeps(installation), {
    month: options.month,
  }).catch((error: unknown) => {
    throw error instanceof ArchiveFault ? new CommandFailed(`${error.message}.`) : error;
  });
  print(
    { archived, blocked },
    () =>
      [
        ...archived.map(
          ({ month, rows, files }) => `${month}: ${rows} rows are in ${files.join(', ') || 'archives'}.`,
        ),
        ...blocked.map(({ why }) => `${why}.`),
      ].join('\n') || 'Nothing is old enough.',
    options,
  );
}

function parseMonth(text: string): string {
  if (!monthPattern.test(text)) throw new InvalidArgumentError('Write it like 2026-01.');
  return text;
}
