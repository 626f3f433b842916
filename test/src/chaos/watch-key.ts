import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { watchPauseMs } from './rounds.ts';
import { send } from './send.ts';

/** What one request with the key was answered, on the clock of `performance.now()`. */
export interface KeyAnswer {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** 0: no answer. */
  readonly status: number;
}

export interface KeyWatch {
  readonly answers: readonly KeyAnswer[];
  stop(): Promise<void>;
}

const clientCount = 4;

/** Uses a key on one node all the time, over several connections, so that the node never forgets it. */
export function watchKey(url: string, key: string): KeyWatch {
  const agent = new Agent({ keepAlive: true });
  const answers: KeyAnswer[] = [];
  let isRunning = true;
  const client = async (): Promise<void> => {
    while (isRunning) {
      const sentAtMs = performance.now();
      const wish = { kind: 'list', method: 'GET', path: '/api/metadata?limit=1', key, expected: [200] };
      const outcome = await send(agent, url, wish, 'watch');
      const status = outcome.kind === 'answered' ? outcome.answer.status : 0;
      answers.push({ sentAtMs, answeredAtMs: performance.now(), status });
      await delay(2 * watchPauseMs);
    }
  };
  const clients = Array.from({ length: clientCount }, client);
  return {
    answers,
    async stop() {
      isRunning = false;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}
