import type { Redis } from 'ioredis';

/** Counts the commands that a connection sends, by standing in front of it. */
export function countSent(redis: Redis): () => number {
  const send = redis.sendCommand.bind(redis);
  let count = 0;
  redis.sendCommand = (...command) => {
    count += 1;
    return send(...command);
  };
  return () => count;
}
