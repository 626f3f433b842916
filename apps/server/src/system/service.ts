import { bytes, defineService, json } from '@keyward/guard';
import { claimPage, claimPageHeaders } from './claim-page.ts';
import { systemContract } from './contract.ts';
import { type ApiDescription, errorsPage, pageHeaders, referencePage } from './reference-page.ts';

export type Dependency = 'ok' | 'away' | 'refused' | 'local' | 'stale' | 'short' | 'stopping';

export interface Readiness {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, Dependency>>;
}

export interface SystemDeps {
  /** The OpenAPI document; made once, after all services are known. */
  readonly describe: () => ApiDescription;
  /** Origin under which people reach this. */
  readonly publicUrl: string;
  /** The state of everything that serving needs. Cheap: asked by strangers (O2). */
  readonly readiness: () => Promise<Readiness>;
}

/** Health, and what the API says of itself. */
export function systemService({ describe, publicUrl, readiness }: SystemDeps) {
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
        const { isReady, checks } = await readiness();
        return json(
          isReady ? 200 : 503,
          { status: isReady ? 'ready' : 'not_ready', checks },
          { 'cache-control': 'no-store' },
        );
      },
      openApi: () => json(200, described(), cached),
      claimPage: () => bytes(200, claimPage(publicUrl), { ...claimPageHeaders, ...cached }),
      docs: () => bytes(200, referencePage(described()), { ...pageHeaders, ...cached }),
      errors: () => bytes(200, errorsPage(), { ...pageHeaders, ...cached }),
    },
  });
}
