import { Command } from 'commander';
import { commands } from './commands/index.ts';

/** The command line as a tree; each command is a file in `commands/`. */
export function createProgram(): Command {
  const program = new Command('keyward')
    .description('API keys, limits, audit and the services behind them, in one process.')
    .showHelpAfterError('Try --help.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  for (const add of commands) add(program);
  // Sub-commands do not inherit these from a parent made before them.
  eachCommand(program, (command) => command.exitOverride().showHelpAfterError('Try --help.'));
  return program;
}

function eachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) eachCommand(child, visit);
}
