import { bytes, defineService, json } from '@keyward/guard';
import { systemContract } from './contract.ts';
import { type ApiDescription, errorsPage, pageHeaders, referencePage } from './reference-page.ts';

export type Dependency = 'ok' | 'away' | 'stopping';

export interface SystemDeps {
  /** The OpenAPI document; made once, after all services are known. */
  readonly describe: () => ApiDescription;
  /** The state of everything that serving needs. Cheap: asked by strangers (O2). */
  readonly readiness: () => Promise<Record<string, Dependency>>;
}

/** Health, and what the API says of itself. */
export function systemService({ describe, readiness }: SystemDeps) {
  let description: ApiDescription | undefined;
  const described = (): ApiDescription => {
    description ??= describe();
    return description;
  };
  const cached = { 'cache-control': 'public, max-age=300' };
  return defineService({
    name: 'system',
    title: 'System',
    scopes: {},
    contract: systemContract,
    handlers: {
      health: () => json(200, { status: 'ok' }, { 'cache-control': 'no-store' }),
      async ready() {
        const checks = await readiness();
        const isReady = Object.values(checks).every((state) => state === 'ok');
        return json(
          isReady ? 200 : 503,
          { status: isReady ? 'ready' : 'not_ready', checks },
          { 'cache-control': 'no-store' },
        );
      },
      openApi: () => json(200, described(), cached),
      docs: () => bytes(200, referencePage(described()), { ...pageHeaders, ...cached }),
      errors: () => bytes(200, errorsPage(), { ...pageHeaders, ...cached }),
    },
  });
}
