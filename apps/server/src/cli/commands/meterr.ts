import { checkMeterr } from '@keyward/meterr';
import type { Command } from 'commander';
import { CommandFailed, print, table } from '../output.ts';
import { withInstallation } from '../with-installation.ts';

const columns = ['what', 'place', 'expected', 'found'];

export function meterr(program: Command): void {
  const group = program.command('meterr').description('Usage and its costs.');

  group
    .command('verify')
    .description('Count every sum and budget once more from the recorded usage. Fails when one differs.')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward meterr verify --json')
    .action(async (output: { json?: boolean }) => {
      const report = await withInstallation(checkMeterr);
      const { accounts, events, budgetPeriods, findings, examples } = report;
      const checked = `${events} events of ${accounts} accounts, ${budgetPeriods} budget periods`;
      print(
        { accounts, events, budget_periods: budgetPeriods, findings, examples },
        () =>
          findings === 0
            ? `${checked}: every sum is what the events say.`
            : table(
                examples.map((one) => ({ ...one })),
                columns,
              ),
        output,
      );
      if (findings > 0) throw new CommandFailed(`${checked}: ${findings} sums are not what the events say.`);
    });
}
