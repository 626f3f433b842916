import {
  ArchiveBlocked,
  ArchiveFault,
  JournalInUseError,
  LimitsNotSharedError,
  NoJournalError,
  WrongRootSecretError,
} from '@keyward/guard';
import { EmbeddedDatabaseError, MigrationRightsError } from '@keyward/guard/database';
import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { CommandFailed, WrongUsage } from './output.ts';
import { createProgram } from './program.ts';

/** Exit codes: done, failed or findings, wrong usage. */
const done = 0;
const failed = 1;
const wrongUsage = 2;

/** Runs one command line and gives its exit code. What people can mend is said in one sentence, without a stack. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(args);
    await program.parseAsync([...args], { from: 'user' });
    return done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? done : wrongUsage;
    process.stderr.write(`keyward: ${sentence(error)}\n`);
    return error instanceof ConfigError || error instanceof WrongUsage ? wrongUsage : failed;
  }
}

/** Errors whose message is written for the operator. */
const explained = [
  ArchiveBlocked,
  ArchiveFault,
  CommandFailed,
  WrongUsage,
  ConfigError,
  EmbeddedDatabaseError,
  MigrationRightsError,
  WrongRootSecretError,
  JournalInUseError,
  NoJournalError,
  LimitsNotSharedError,
];

function sentence(error: unknown): string {
  if (explained.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'the port is in use; set PORT to another one, or 0 for any free one.';
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND')
    return `no connection: ${message}. Is DATABASE_URL right, and is the server running?`;
  return stack ?? String(error);
}
