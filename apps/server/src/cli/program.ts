import { Command } from 'commander';
import { commands } from './commands/index.ts';

/**
 * The command line as a tree; each command is a file in `commands/`. Of the commands the one that `args` begin with is
 * enough, and all where that is none, for the help that lists them.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('keyward')
    .description('API keys, limits, audit and the services behind them, in one process.')
    .showHelpAfterError('Try --help.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  const [name = ''] = args;
  const asked = Object.hasOwn(commands, name) ? commands[name] : undefined;
  for (const load of asked === undefined ? Object.values(commands) : [asked]) {
    const add = await load();
    add(program);
  }
  // Sub-commands do not inherit these from a parent made before them.
  eachCommand(program, (command) => command.exitOverride().showHelpAfterError('Try --help.'));
  return program;
}

function eachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) eachCommand(child, visit);
}
