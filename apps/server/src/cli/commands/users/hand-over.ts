import { presentHandOver } from '@keyward/control';
import { handOver, handOverSchema, isProblem } from '@keyward/guard';
import type { Command } from 'commander';
import { print } from '../../output.ts';
import { byCli, failOn, validated } from '../../usage.ts';
import { withServices } from '../../with-services.ts';
import { handedOverInWords } from './handed-over-in-words.ts';

interface HandOverOptions {
  readonly to: string;
  readonly keys: boolean;
  readonly data: boolean;
  readonly json?: boolean;
}

export function addHandOver(group: Command): void {
  group
    .command('hand-over')
    .description("Make a person's keys and data another's, all or nothing. The keys go on working.")
    .argument('<id or email>', 'who hands over')
    .requiredOption('--to <id or email>', 'who gets it')
    .option('--no-keys', 'leave the keys')
    .option('--no-data', 'leave the data')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward users hand-over bob@example.com --to ada@example.com')
    .action(async (from: string, { json, ...options }: HandOverOptions) => {
      const wish = validated(handOverSchema, { from, ...options });
      const handedOver = await withServices((installation) => handOver(installation, wish, byCli));
      if (isProblem(handedOver)) return failOn(handedOver);
      print(presentHandOver(handedOver), () => handedOverInWords(handedOver), { json: json === true });
    });
}
