import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '@keyward/guard';
import { startPostgres, startRedis } from '@keyward/test/services';
import { onCore } from '../cores.ts';
import { prepareDatabase } from '../http/prepare-database.ts';
import type { LimitFigures } from './limits.ts';
import type { OperationFigures } from './operation.ts';

export interface MicroSettings {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly rounds: number;
  /** How long each operation is done in each round. */
  readonly roundMs: number;
}

export interface MicroFigures {
  /** By the operation's name. */
  readonly figures: Readonly<Record<string, readonly OperationFigures[]>>;
  readonly limits: LimitFigures;
  /** Look-ups in the database while warm and invented keys were verified. */
  readonly keyLookUps: number;
}

/** Measures the parts by themselves, in a process that has core 0 for itself. */
export async function measureMicro(options: { rounds: number; roundMs: number }): Promise<MicroFigures> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop());
  const redis = stack.adopt(await startRedis(), (server) => server.stop());
  const prepared = await prepareDatabase(postgres.url);
  const file = fileURLToPath(siblingModule(import.meta.url, './micro-process'));
  const command = onCore(0, [process.execPath, file]);
  const child = spawn(command.file, command.args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  child.send({ ...options, ...prepared, databaseUrl: postgres.url, redisUrl: redis.url });
  const answer = await Promise.race([once(child, 'message'), exited]);
  if (typeof answer[0] !== 'object')
    throw new Error(`the process of the small measurements ended (${answer[0]})`);
  await exited;
  return answer[0] as MicroFigures;
}
