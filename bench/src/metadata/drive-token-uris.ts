import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import autocannon from 'autocannon';
import type { ServerProcess } from '../http/server-process.ts';

const run = promisify(execFile);

export interface TokenUriFigures {
  readonly requestsPerSecond: number;
  /** CPU of the serving thread per request, microseconds. */
  readonly threadMicros: number;
}

/** Gets these paths in rotation for some seconds, by wrk where it is on the PATH, else by autocannon. */
export async function driveTokenUris(
  server: ServerProcess,
  paths: readonly string[],
  seconds: number,
): Promise<TokenUriFigures> {
  const before = await server.cpu();
  const { requests, elapsedSeconds } = await byWrk(server.url, paths, seconds).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return byAutocannon(server.url, paths, seconds);
  });
  const after = await server.cpu();
  await server.drain();
  return {
    requestsPerSecond: requests / elapsedSeconds,
    threadMicros: (after.thread - before.thread) / requests,
  };
}

async function byWrk(url: string, paths: readonly string[], seconds: number) {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-bench-wrk-'));
  try {
    const script = join(folder, 'rotate.lua');
    await writeFile(join(folder, 'paths'), paths.map((path) => `${path}\n`).join(''));
    await writeFile(script, luaScript(join(folder, 'paths')));
    const { stdout } = await run('wrk', ['-t1', '-c64', `-d${seconds}s`, '--script', script, url]);
    const [requests = Number.NaN, micros = Number.NaN, failed = Number.NaN] =
      /^FIGURES (.*)$/m.exec(stdout)?.[1]?.split(' ').map(Number) ?? [];
    if (failed !== 0) throw new Error(`${failed} requests were not answered with 2xx:\n${stdout}`);
    return { requests, elapsedSeconds: micros / 1e6 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function byAutocannon(url: string, paths: readonly string[], seconds: number) {
  const result = await autocannon({
    url,
    connections: 64,
    duration: seconds,
    requests: paths.map((path) => ({ path })),
  });
  if (result.non2xx + result.errors > 0) throw new Error('requests were not answered with 2xx');
  return { requests: result.requests.total, elapsedSeconds: result.duration };
}

function luaScript(list: string): string {
  return `
local requests, at = {}, 0
function init()
  for line in io.lines(${JSON.stringify(list)}) do requests[#requests + 1] = wrk.format('GET', line) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary)
  local e = summary.errors
  io.write(string.format('FIGURES %d %d %d\\n', summary.requests, summary.duration,
    e.status + e.connect + e.read + e.write + e.timeout))
end
`;
}
