import { createInterface } from 'node:readline/promises';
import { CommandFailed, WrongUsage } from '../../output.ts';

/** Asks on a terminal before what cannot be undone; elsewhere `--yes` must say it. */
export async function confirm(question: string, options: { readonly yes?: boolean }): Promise<void> {
  if (options.yes === true) return;
  if (process.stdin.isTTY !== true) throw new WrongUsage('add --yes: nobody can be asked here.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} Type yes: `);
    if (answer.trim().toLowerCase() !== 'yes') throw new CommandFailed('nothing was changed.');
  } finally {
    terminal.close();
  }
}
