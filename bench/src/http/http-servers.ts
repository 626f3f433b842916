import type { ServerSettings } from './settings.ts';

/** The servers of the comparison, in the order in which each round drives them. */
export const httpServers = [
  { id: 'bare', title: 'bare Hono with Zod', module: './bare-hono', limits: 'memory' },
  { id: 'memory', title: 'guarded, limits in memory', module: './guarded', limits: 'memory' },
  { id: 'redis', title: 'guarded, limits in Redis', module: './guarded', limits: 'redis' },
  { id: 'usual', title: 'the usual assembly (Fastify)', module: './usual-assembly', limits: 'redis' },
  { id: 'betterAuth', title: 'Hono, Better Auth, audit row', module: './better-auth', limits: 'memory' },
  { id: 'betterAuthRedis', title: 'the same, keys in Redis', module: './better-auth', limits: 'redis' },
  // Each request takes a fifth of a second: more connections only wait longer.
  {
    id: 'bcrypt',
    title: 'the usual, bcrypt of cost 12',
    module: './bcrypt-assembly',
    limits: 'redis',
    connections: 8,
  },
] as const satisfies readonly HttpServer[];

export interface HttpServer {
  readonly id: string;
  readonly title: string;
  readonly module: string;
  readonly limits: ServerSettings['limits'];
  /** Default: as many as everybody's. */
  readonly connections?: number;
}

export type HttpServerId = (typeof httpServers)[number]['id'];
