import type { Command } from 'commander';
import { ConfigError, processEnvironment, readConfig } from '../../config.ts';
import { settings } from '../../settings.ts';
import { print, table } from '../output.ts';

export function config(program: Command): void {
  program
    .command('config')
    .description(
      'List every environment variable, what it means and what it is set to. Secrets are not shown.',
    )
    .option('--json', 'print one JSON value')
    .action((options: { json?: boolean }) => {
      const environment = processEnvironment();
      const data = settings.map((setting) => {
        const file = environment[`${setting.name}_FILE`];
        const given = environment[setting.name] || (file ? `(from ${file})` : undefined);
        const value = given !== undefined && setting.secret ? '[secret]' : (given ?? setting.default ?? null);
        return { name: setting.name, value, set: given !== undefined, meaning: setting.meaning };
      });
      const problems = problemsOf(() => readConfig(environment));
      print(
        { data, problems },
        () => [table(data, ['name', 'value', 'meaning']), ...problems].join('\n'),
        options,
      );
      if (problems.length > 0) throw new ConfigError(problems);
    });
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
