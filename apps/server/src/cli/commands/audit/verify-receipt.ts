import { readFile, stat } from 'node:fs/promises';
import { InvalidReceiptError, verifyReceipt } from '@keyward/client';
import type { Command } from 'commander';
import { CommandFailed, print, WrongUsage } from '../../output.ts';
import { collect } from '../../usage.ts';

/** The largest entry is far smaller. */
const receiptBytesMax = 16 * 1024 * 1024;

export function addVerifyReceipt(group: Command): void {
  group
    .command('verify-receipt')
    .description('Check a receipt without any server. Exit 1 when it does not hold.')
    .argument('<file>', 'the receipt as it was given')
    .requiredOption(
      '--key <vkey>',
      'public key of the checkpoints, from "keyward audit key"; may be repeated',
      collect,
    )
    .option('--json', 'print one JSON value')
    .action(async (file: string, { key, json }: { key: readonly string[]; json?: boolean }) => {
      const proven = await verifyReceipt(await readJson(file), ...key).catch((error: unknown) => {
        throw error instanceof InvalidReceiptError ? new CommandFailed(error.message) : error;
      });
      const { entry, seq, checkpoint } = proven;
      const words = `${entry.method} ${entry.path} at ${entry.created_at}, answered ${entry.status}, is entry ${seq} of ${checkpoint.origin}, as signed at ${checkpoint.signedAt.toISOString()} (checkpoint ${checkpoint.number}).`;
      print(proven, () => words, { json: json === true });
    });
}

async function readJson(file: string): Promise<unknown> {
  try {
    if ((await stat(file)).size > receiptBytesMax) throw new Error('it is too large');
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new WrongUsage(`${file} cannot be read as a receipt: ${(error as Error).message}`);
  }
}
