import { existsSync } from 'node:fs';
import {
  type AuditVerification,
  findingInWords,
  NoteKeyError,
  type NoteVerifier,
  parseNoteKey,
  readCheckpoints,
  verifyAudit,
} from '@keyward/guard';
import type { Command } from 'commander';
import { anchorOf } from '../../../audit-anchor.ts';
import { CommandFailed, print, WrongUsage } from '../../output.ts';
import { progressOf } from '../../progress.ts';
import { collect } from '../../usage.ts';
import { type LogDatabase, withLogDatabase } from './with-log-database.ts';

interface VerifyOptions {
  readonly checkpoints?: string;
  readonly key?: readonly string[];
  readonly json?: boolean;
}

export function addVerify(group: Command): void {
  group
    .command('verify')
    .description(
      'Verify the audit log: rows, leaves, signed checkpoints and their copy outside. Exit 1 on a finding.',
    )
    .option(
      '--checkpoints <path>',
      'the copy of the checkpoints, a folder or file; default: that of AUDIT_ANCHOR',
    )
    .option(
      '--key <vkey>',
      'public key of the checkpoints, from "keyward audit key"; may be repeated',
      collect,
    )
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nWith --key no secret is needed, and nothing of the server is trusted. Keep that key, and the copy, elsewhere.\n\nExample:\n  keyward audit verify --checkpoints /mnt/worm/checkpoints --key "$VKEY"',
    )
    .action(async ({ checkpoints, key, json }: VerifyOptions) => {
      const given = key?.map(parsedKey);
      const progress = progressOf('verifying', 1);
      const result = await withLogDatabase(given, (database) =>
        verify(database, checkpoints, progress.show),
      ).finally(() => progress.end());
      print(presented(result), () => inWords(result, given !== undefined), { json: json === true });
      if (!result.isSound) throw new CommandFailed('the audit log is not as it was signed.');
    });
}

async function verify(
  { url, verifiers, config, archives }: LogDatabase,
  path: string | undefined,
  onProgress: (share: number) => void,
): Promise<AuditVerification> {
  if (path !== undefined && !existsSync(path)) throw new WrongUsage(`--checkpoints: ${path} is not there`);
  const anchor = anchorOf(config, '');
  const known = anchor.kind === 'folder' && existsSync(anchor.path) ? anchor.path : undefined;
  const copy = path ?? known;
  return verifyAudit({
    databaseUrl: url,
    verifiers,
    archives,
    onProgress,
    ...(copy !== undefined && { copy: readCheckpoints(copy) }),
  });
}

function parsedKey(vkey: string): NoteVerifier {
  try {
    return parseNoteKey(vkey);
  } catch (error) {
    if (error instanceof NoteKeyError) throw new WrongUsage(`--key: ${error.message}`);
    throw error;
  }
}

function presented(result: AuditVerification) {
  const { newest } = result;
  return {
    sound: result.isSound,
    entries: result.entries,
    erased: result.erased,
    archived: result.archived,
    leaves: result.leaves,
    uncovered: result.uncovered,
    checkpoints: result.checkpoints,
    newest_checkpoint: newest
      ? { number: newest.number, size: newest.size, signed_at: new Date(newest.signedAt).toISOString() }
      : null,
    checkpoints_outside: result.outside ?? null,
    checkpoints_not_outside: result.notOutside ?? null,
    findings: result.findings.map((finding) => ({ ...finding, message: findingInWords(finding) })),
    findings_left_off: result.findingsLeftOff,
  };
}

function inWords(result: AuditVerification, isKeyGiven: boolean): string {
  const { newest, findings, findingsLeftOff, outside, notOutside } = result;
  return [
    ...findings.map(findingInWords),
    findingsLeftOff > 0 ? `And ${findingsLeftOff} findings more.` : undefined,
    `${result.entries} entries are as they were sequenced (${result.erased} of them erased, ${result.archived} in archives); ${result.uncovered} are not yet covered by a checkpoint.`,
    newest &&
      `${result.checkpoints} checkpoints, the newest ${newest.number} of ${new Date(newest.signedAt).toISOString()}.`,
    outside === undefined
      ? 'No copy of the checkpoints was compared: an older state that was put back cannot be told.'
      : `${outside} checkpoints outside; ${notOutside} of the newest are not there yet.`,
    isKeyGiven ? undefined : 'The key came from this installation; give the one you kept with --key.',
    result.isSound ? 'Sound.' : 'NOT SOUND.',
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}
