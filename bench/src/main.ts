import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Section } from './bench.ts';
import { type BenchName, benchNames } from './benches.ts';
import { goalTable } from './report/goal.ts';
import { machine } from './report/machine.ts';
import { report } from './report/report.ts';
import { keepResult, readResults } from './report/results.ts';
import type { BenchOrder } from './run-bench.ts';

// npm run bench -- [part]… [--short] [--rounds N] [--seconds N] [--cpu-prof FOLDER]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !(benchNames as string[]).includes(name));
if (unknown.length > 0)
  throw new Error(`there is no benchmark ${unknown.join(', ')}; there are ${benchNames.join(', ')}`);

const { short: isShort, 'cpu-prof': profileFolder } = values;
const options: BenchOrder['options'] = {
  rounds: Number(values.rounds ?? (isShort ? 1 : 7)),
  seconds: Number(values.seconds ?? (isShort ? 1 : 5)),
  isShort,
  nodeOptions: profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profileFolder)}`],
};
const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');

for (const name of positionals.length === 0 ? benchNames : (positionals as BenchName[])) {
  const [loadBefore = 0] = loadavg();
  const at = new Date().toISOString();
  const section = await run({ name, options });
  process.stdout.write(
    [`\n## ${section.title}`, goalTable(section.goals), ...section.paragraphs, ''].join('\n\n'),
  );
  if (!isShort) await keepResult(name, { ...section, command, at, machine: machine(), loadBefore });
}
if (!isShort) await writeFile(new URL('../README.md', import.meta.url), report(await readResults()));

async function run(order: BenchOrder): Promise<Section> {
  const child = fork(fileURLToPath(import.meta.resolve('./run-bench.ts')));
  const ended = once(child, 'exit');
  child.send(order);
  const [answer] = await Promise.race([once(child, 'message'), ended]);
  if (typeof answer !== 'object') throw new Error(`the benchmark ${order.name} ended (${answer})`);
  await ended;
  return answer as Section;
}
