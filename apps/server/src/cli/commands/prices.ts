import { readFile } from 'node:fs/promises';
import { isProblem } from '@keyward/guard';
import {
  applyMeterrRepricing,
  crossCheckMeterrPrices,
  planMeterrRepricing,
  priceBody,
  setMeterrPrice,
} from '@keyward/meterr';
import type { Command } from 'commander';
import { print, table, WrongUsage } from '../output.ts';
import { byCli, failOn, validated } from '../usage.ts';
import { withInstallation } from '../with-installation.ts';

interface Output {
  readonly json?: boolean;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/** `keyward prices …`; each sub-command is a function below and a line here. */
export function prices(program: Command): void {
  const group = program.command('prices').description('What AI models cost.');
  for (const add of [addSet, addReprice, addCheck]) add(group);
}

function addSet(group: Command): void {
  group
    .command('set')
    .description("Set what a model costs, before the library's price, from JSON as POST /v1/prices takes it.")
    .argument('<file>', 'JSON: provider, model, rates, …')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward prices set our-model.json')
    .action(async (file: string, output: Output) => {
      const body = validated(priceBody, await readJson(file));
      const set = await withInstallation((installation) => setMeterrPrice(installation, body, byCli));
      if (isProblem(set)) return failOn(set);
      print(set, () => `Set. Its id is ${String(set.id)}.`, output);
    });
}

function addReprice(group: Command): void {
  group
    .command('reprice')
    .description('Show what usage comes to that had no price when it was recorded; with --apply, price it.')
    .option('--apply', 'price it; what has a price is never touched')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward prices reprice --apply')
    .action(async ({ apply, ...output }: Output & { apply?: true }) => {
      const repricing = await withInstallation((installation) =>
        apply ? applyMeterrRepricing(installation, byCli) : planMeterrRepricing(installation),
      );
      const words = () =>
        `${table(repricing.data as Rows, ['provider', 'model', 'events', 'cost'])}\n${String(repricing.still_unpriced)} events stay without a price.`;
      print(repricing, words, output);
    });
}

function addCheck(group: Command): void {
  group
    .command('check')
    .description('Compare the price catalogue with a second source. Nothing is changed by it.')
    .option('--json', 'print one JSON value')
    .action(async (output: Output) => {
      const found = await withInstallation(crossCheckMeterrPrices);
      const columns = ['provider', 'model', 'class', 'above_input_tokens', 'ours', 'theirs'];
      const words = () =>
        `${table(found.data as Rows, columns)}\n${String(found.rates)} rates of ${String(found.models)} models compared with ${String(found.source)}.`;
      print(found, words, output);
    });
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw new WrongUsage(`${file} cannot be read as JSON.`);
  }
}
