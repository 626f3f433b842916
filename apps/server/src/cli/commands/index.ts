import type { Command } from 'commander';
import { audit } from './audit/index.ts';
import { blocks } from './blocks/index.ts';
import { config } from './config.ts';
import { demo } from './demo.ts';
import { keys } from './keys/index.ts';
import { meterr } from './meterr.ts';
import { migrate } from './migrate.ts';
import { prices } from './prices.ts';
import { start } from './start.ts';
import { users } from './users/index.ts';

/** Every command. A new one is a file beside this and a line here. */
export const commands: readonly ((program: Command) => void)[] = [
  start,
  migrate,
  config,
  users,
  keys,
  audit,
  blocks,
  prices,
  meterr,
  demo,
];
