import { createInterface } from 'node:readline/promises';
import { CommandFailed, WrongUsage } from '../../../output.ts';

/** Asks on the terminal for the number of keys, so that nobody stops more than they think. Throws unless it is typed. */
export async function confirmCount(what: string, keys: number): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new WrongUsage(
      'Nobody can be asked here: give --yes if this is meant, or --dry-run to see what it does.',
    );
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and the end of the input are a no.
  const closed = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
  try {
    const asked = prompt
      .question(`${what}\nThey stop now. Type the number of keys to go on: `)
      .catch(() => '');
    const answer = await Promise.race([asked, closed]);
    if (answer.trim() !== String(keys)) throw new CommandFailed('Not confirmed. Nothing was stopped.');
  } finally {
    prompt.close();
  }
}
