import type { Command } from 'commander';
import { addBan, addUnban } from './ban-user.ts';
import { addCreate } from './create-user.ts';
import { addDelete } from './delete-user.ts';
import { addErase } from './erase.ts';
import { addExport } from './export.ts';
import { addHandOver } from './hand-over.ts';
import { addList } from './list-users.ts';
import { addRole } from './set-role.ts';

/** `keyward users …`; each sub-command is a file beside this and a line here. */
const subcommands = [
  addCreate,
  addList,
  addRole,
  addBan,
  addUnban,
  addHandOver,
  addDelete,
  addErase,
  addExport,
];

export function users(program: Command): void {
  const group = program.command('users').description('People.');
  for (const add of subcommands) add(group);
}
