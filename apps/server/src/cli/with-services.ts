import type { AnyService, Route, ScopeCatalogue } from '@keyward/guard';
import type { Installation } from '../installation.ts';
import { withInstallation } from './with-installation.ts';

/** An installation, and what its services declare. */
export interface ServedInstallation extends Installation {
  readonly services: readonly AnyService[];
  readonly scopes: ScopeCatalogue;
  readonly routes: readonly Route[];
}

/** As `withInstallation`, for commands that need the services too: loading them takes longer than most commands do. */
export async function withServices<Result>(
  work: (installation: ServedInstallation) => Promise<Result>,
): Promise<Result> {
  const { declaredServices, routesOf, scopesOf } = await import('../services.ts');
  return withInstallation((installation) => {
    const services = declaredServices(installation);
    return work({ ...installation, services, scopes: scopesOf(services), routes: routesOf(services) });
  });
}
