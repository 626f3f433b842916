import type { AnyService } from './service.ts';

/** A route whose requests are counted but are no rows of the audit log, and why (A1). */
export interface UnrecordedRoute {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly reason: string;
}

/** What is not recorded, as the routes themselves declare it: `keyward check` prints it (A1). By path. */
export function unrecordedRoutes(services: readonly AnyService[]): UnrecordedRoute[] {
  return services
    .flatMap(({ name: service, contract }) =>
      Object.values(contract).flatMap(({ method, path, audit }) =>
        'unrecorded' in audit ? [{ service, method, path, reason: audit.unrecorded }] : [],
      ),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
