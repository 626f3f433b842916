export { type Config, ConfigError, readConfig } from './config.ts';
export { type Listener, listen } from './http/listen.ts';
export { createLog } from './log.ts';
export { type RunningNode, startNode } from './node.ts';
