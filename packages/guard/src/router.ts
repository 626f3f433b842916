import { type Problem, refuse } from './reply.ts';
import type { Handler, Method, Route } from './route.ts';
import { RouteTree } from './route-tree.ts';
import type { AnyService } from './service.ts';

/** A route with the service it belongs to and the handler that answers it. */
export interface MountedRoute {
  readonly name: string;
  readonly service: string;
  readonly route: Route;
  readonly handler: Handler<Route>;
}

export interface RouteMatch {
  readonly mounted: MountedRoute;
  /** Path parameters as they stand in the URL, still percent-encoded. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Router {
  readonly routes: readonly MountedRoute[];
  /** The route of a request; a refusal for a path that no route has, or that could be read in two ways. */
  match(method: string, path: string): RouteMatch | Problem;
  /** The routes of a path, over all methods, for the preflight that comes before a request. */
  routesAt(path: string): readonly Route[];
}

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const notFound = refuse('not_found', { detail: 'There is no such path.' });
const ambiguous = refuse('invalid_path', {
  detail: 'The path has an empty or dot segment, a semicolon, or an encoded slash, backslash or NUL.',
});
// What proxies, routers and file systems read in different ways must mean nothing here (V2).
const ambiguousPath = /\/\/|;|\\|%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Collects the routes of all services. Throws when a declaration is missing something or two routes are the same (R2). */
export function createRouter(services: readonly AnyService[]): Router {
  const routes = services.flatMap(mount);
  const trees = new Map(methods.map((method) => [method as string, new RouteTree<MountedRoute>()]));
  for (const mounted of routes) {
    const { method, path } = mounted.route;
    if (trees.get(method)?.add(path, mounted) === false)
      throw new Error(`two routes answer ${method} ${path}`);
  }
  const find = (method: string, path: string): RouteMatch | undefined => {
    const found = trees.get(method)?.find(path);
    return found && { mounted: found.value, params: found.params };
  };

  return {
    routes,
    match(method, path) {
      if (ambiguousPath.test(path)) return ambiguous;
      const found = find(method === 'HEAD' ? 'GET' : method, path);
      if (found !== undefined) return found;
      const others = methods.filter((other) => find(other, path) !== undefined);
      if (others.length === 0) return notFound;
      const allow = [...others, ...(others.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
      return refuse('method_not_allowed', { detail: `This path answers ${allow}.`, headers: { allow } });
    },
    routesAt: (path) =>
      ambiguousPath.test(path) ? [] : methods.flatMap((method) => find(method, path)?.mounted.route ?? []),
  };
}

function mount(service: AnyService): MountedRoute[] {
  return Object.entries(service.contract).map(([name, route]) => {
    const handler = service.handlers[name];
    const whole = `${service.name}.${name}`;
    if (handler === undefined) throw new Error(`route ${whole} has no handler`);
    // Types say the same; this holds for callers without types (R2).
    for (const field of ['method', 'path', 'access', 'limit', 'audit', 'request', 'responses'] as const) {
      if (route[field] === undefined) throw new Error(`route ${whole} does not declare its ${field}`);
    }
    if (!('action' in route.audit) && !('unrecorded' in route.audit))
      throw new Error(`route ${whole} does not declare its audit action`);
    const takesNoKey = route.access.kind === 'public' || route.access.kind === 'anybody';
    if (route.limit === 'sign-in' && !takesNoKey)
      throw new Error(`route ${whole} limits sign-in, and asks for a key`);
    const scopes = route.access.kind === 'scopes' ? route.access.scopes : [];
    for (const scope of scopes) {
      if (!Object.hasOwn(service.scopes, scope))
        throw new Error(`route ${whole} asks for the scope ${scope}, which ${service.name} does not declare`);
    }
    return { name: whole, service: service.name, route, handler: handler as Handler<Route> };
  });
}
