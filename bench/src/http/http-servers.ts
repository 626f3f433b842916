import type { ServerSettings } from './settings.ts';

/** The servers of the comparison, in the order in which each round drives them. */
export const httpServers = [
  { id: 'bare', title: 'bare Hono with Zod', module: './bare-hono', limits: 'memory' },
  { id: 'memory', title: 'guarded, limits in memory', module: './guarded', limits: 'memory' },
  { id: 'redis', title: 'guarded, limits in Redis', module: './guarded', limits: 'redis' },
  { id: 'usual', title: 'the usual assembly (Fastify)', module: './usual-assembly', limits: 'redis' },
] as const satisfies readonly HttpServer[];

export interface HttpServer {
  readonly id: string;
  readonly title: string;
  readonly module: string;
  readonly limits: ServerSettings['limits'];
}

export type HttpServerId = (typeof httpServers)[number]['id'];
