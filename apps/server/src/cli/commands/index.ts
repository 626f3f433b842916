import type { Command } from 'commander';

/** Adds a command, with its sub-commands if it has some, to the program. */
export type AddCommand = (program: Command) => void;

/** Every command by its name, loaded when it is asked for. A new one is a file beside this and a line here. */
export const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  start: async () => (await import('./start.ts')).start,
  migrate: async () => (await import('./migrate.ts')).migrate,
  config: async () => (await import('./config.ts')).config,
  users: async () => (await import('./users/index.ts')).users,
  keys: async () => (await import('./keys/index.ts')).keys,
  audit: async () => (await import('./audit/index.ts')).audit,
  blocks: async () => (await import('./blocks/index.ts')).blocks,
  prices: async () => (await import('./prices.ts')).prices,
  meterr: async () => (await import('./meterr.ts')).meterr,
  demo: async () => (await import('./demo.ts')).demo,
};
