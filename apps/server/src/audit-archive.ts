import { join, resolve } from 'node:path';
import {
  type ArchiveDeps,
  type ArchivedRows,
  archivedRows,
  onlineDaysMin,
  openArchivePlace,
} from '@keyward/guard';
import type { Config } from './config.ts';
import type { Installation } from './installation.ts';

/** `AUDIT_ONLINE_DAYS`: a shorter time than the log must be at hand is a problem (A5). */
export function auditOnlineDays(text: string, problems: string[]): number {
  const days = Number(text);
  if (!/^\d{1,5}$/.test(text) || days < onlineDaysMin) {
    problems.push(
      `AUDIT_ONLINE_DAYS must be a number of days, ${onlineDaysMin} or more, not ${text}: the audit log is kept in the database for so long.`,
    );
  }
  return days;
}

/** `AUDIT_ARCHIVE`, checked: an absolute folder or an S3 URL. Undefined: a folder in the data folder. */
export function auditArchive(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined || URL.parse(text)?.protocol === 's3:') return text;
  if (/^[a-z][a-z\d+.-]+:/i.test(text))
    problems.push('AUDIT_ARCHIVE must be a folder or s3://bucket/prefix (with ?region=, endpoint=).');
  return resolve(text);
}

/** What archiving and reading archives need on this installation. */
export async function archiveDeps({ config, database, keyring, clock }: Installation): Promise<ArchiveDeps> {
  return {
    ...{ database, keyring, clock },
    place: await openArchivePlace(archivePlaceOf(config)),
    draftsFolder: join(config.dataFolder, 'archive-drafts'),
    onlineDays: config.auditOnlineDays,
  };
}

/** The archived months, whose place is opened when somebody asks for them. */
export function archivedRowsOf(installation: Installation): ArchivedRows {
  let rows: Promise<ArchivedRows> | undefined;
  const opened = () => {
    rows ??= archiveDeps(installation).then(archivedRows);
    return rows;
  };
  return {
    endsAt: async () => (await opened()).endsAt(),
    async *each(search) {
      yield* (await opened()).each(search);
    },
  };
}

/** Where archives are written and looked for. */
export function archivePlaceOf({ auditArchive: chosen, dataFolder }: Config): string {
  return chosen ?? join(dataFolder, 'archives');
}
