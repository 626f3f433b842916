import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LoadFigures, type LoadGenerator, type LoadOptions, loadBody, loadHeaders } from './load.ts';

const run = promisify(execFile);

/** wrk, when it is on the PATH: in C, so that one core of it keeps one core of any server busy. */
export async function findWrk(): Promise<LoadGenerator | undefined> {
  // It answers -v with its version and the exit code 1.
  const version = await run('wrk', ['-v']).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  const name = /^wrk \S+/.exec(version)?.[0];
  return name === undefined ? undefined : { name, run: runWrk };
}

async function runWrk(options: LoadOptions): Promise<LoadFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-bench-wrk-'));
  try {
    const script = join(folder, 'rotate.lua');
    const list = join(folder, 'requests');
    // A script may hold no more than 65,536 texts of its own.
    const lines = options.keys.map((key, at) => `${key}\t${options.addresses?.[at] ?? ''}\n`);
    await writeFile(list, lines.join(''), { encoding: 'latin1', mode: 0o600 });
    await writeFile(script, luaScript(list, options), { mode: 0o600 });
    const { stdout } = await run('wrk', [
      '-t1',
      `-c${options.connections}`,
      `-d${options.seconds}s`,
      '--latency',
      ...(options.timeoutSeconds === undefined ? [] : ['--timeout', `${options.timeoutSeconds}s`]),
      '--script',
      script,
      options.url,
    ]);
    const [requests, microseconds, p50, p99, refused, unanswered] = numbersIn(stdout);
    return {
      requests,
      seconds: microseconds / 1e6,
      p50Ms: p50 / 1e3,
      p99Ms: p99 / 1e3,
      failures: refused + unanswered,
      unanswered,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function numbersIn(output: string): [number, number, number, number, number, number] {
  const figures = /^FIGURES (.*)$/m.exec(output)?.[1]?.split(' ').map(Number);
  if (figures?.length !== 6 || figures.some(Number.isNaN))
    throw new Error(`wrk printed no figures:\n${output}`);
  return figures as [number, number, number, number, number, number];
}

/** Every request is made once, before the first is sent. JSON's quoting is Lua's for what stands here. */
function luaScript(list: string, { body = loadBody, headers: fixed = loadHeaders }: LoadOptions): string {
  const headers = Object.entries(fixed).map(([name, value]) => `['${name}'] = ${JSON.stringify(value)}`);
  return `
local requests, at = {}, 0
function init()
  for line in io.lines(${JSON.stringify(list)}) do
    local key, address = line:match('^([^\t]*)\t(.*)$')
    local headers = { ${headers.join(', ')}, ['x-api-key'] = key }
    if address ~= '' then headers['x-forwarded-for'] = address end
    requests[#requests + 1] = wrk.format('POST', nil, headers, ${JSON.stringify(body)})
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('FIGURES %d %d %d %d %d %d\\n', summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
`;
}
