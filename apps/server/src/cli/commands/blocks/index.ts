import type { Command } from 'commander';
import { addAdd } from './add-block.ts';
import { addList } from './list-blocks.ts';
import { addRemove } from './remove-block.ts';

/** `keyward blocks …`; each sub-command is a file beside this and a line here. */
const subcommands = [addList, addAdd, addRemove];

export function blocks(program: Command): void {
  const group = program.command('blocks').description('Addresses that are refused altogether.');
  for (const add of subcommands) add(group);
}
