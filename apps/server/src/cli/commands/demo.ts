import type { Command } from 'commander';
export function demo(program: Command): void {
  program.command('demo').description('Send real traffic, good and bad, to a running node.');
}
