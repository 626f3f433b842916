import type { Command } from 'commander';
import { addCreate } from './create-key.ts';
import { addEmergencyRotate } from './emergency-rotate.ts';
import { addImport } from './import-keys.ts';
import { addClaims } from './list-claims.ts';
import { addList } from './list-keys.ts';
import { addRevoke } from './revoke-key.ts';
import { addRotate } from './rotate-key.ts';
import { addScan } from './scan.ts';
import { addShow } from './show-key.ts';
import { addUpdate } from './update-key.ts';

/** `keyward keys …`; each sub-command is a file beside this and a line here. */
const subcommands = [
  addCreate,
  addList,
  addShow,
  addUpdate,
  addRotate,
  addEmergencyRotate,
  addClaims,
  addRevoke,
  addImport,
  addScan,
];

export function keys(program: Command): void {
  const group = program.command('keys').description('API keys.');
  for (const add of subcommands) add(group);
}
