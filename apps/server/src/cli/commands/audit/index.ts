import type { Command } from 'commander';
import { addAdopt } from './adopt.ts';
import { addArchive } from './archive.ts';
import { addExport } from './export.ts';
import { addKey } from './key.ts';
import { addProof } from './proof.ts';
import { addSearch } from './search.ts';
import { addVerify } from './verify.ts';
import { addVerifyReceipt } from './verify-receipt.ts';

/** `keyward audit …`; each sub-command is a file beside this and a line here. */
const subcommands = [
  addSearch,
  addExport,
  addAdopt,
  addArchive,
  addKey,
  addVerify,
  addProof,
  addVerifyReceipt,
];

export function audit(program: Command): void {
  const group = program.command('audit').description('The audit log.');
  for (const add of subcommands) add(group);
}
