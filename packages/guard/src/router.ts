import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import { type Problem, refuse } from './reply.ts';
import type { Handler, Method, Route } from './route.ts';
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
  // A path without parameters is looked up as it stands. Of the others those that begin alike share a router: the fast one
  // refuses a parameter beside a word (`/keys/:id`, `/keys/rotations/:id`), and the word is what is meant.
  const fixed = new Map(methods.map((method) => [method as string, new Map<string, RouteMatch>()]));
  const byBeginning = new Map<string, SmartRouter<MountedRoute>>();
  const seen = new Set<string>();
  for (const mounted of routes) {
    const { method, path } = mounted.route;
    const shape = `${method} ${path.replaceAll(/:[a-z_]+(?:\{\.\+\})?/g, ':')}`;
    if (seen.has(shape)) throw new Error(`two routes answer ${method} ${path}`);
    seen.add(shape);
    if (path.includes(':')) routerOf(byBeginning, path).add(method, path, mounted);
    else fixed.get(method)?.set(path, { mounted, params: {} });
  }

  const find = (method: string, path: string): RouteMatch | undefined => {
    const asItStands = fixed.get(method)?.get(path);
    if (asItStands !== undefined) return asItStands;
    // The longest beginning first.
    for (
      let slash = path.lastIndexOf('/');
      slash >= 0;
      slash = slash > 0 ? path.lastIndexOf('/', slash - 1) : -1
    ) {
      const router = byBeginning.get(path.slice(0, slash + 1));
      const found = router && matchIn(router, method, path);
      if (found !== undefined) return found;
    }
    return undefined;
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

function routerOf(
  byBeginning: Map<string, SmartRouter<MountedRoute>>,
  path: string,
): SmartRouter<MountedRoute> {
  const beginning = path.slice(0, path.indexOf(':'));
  const known = byBeginning.get(beginning);
  if (known !== undefined) return known;
  const router = new SmartRouter<MountedRoute>({ routers: [new RegExpRouter(), new TrieRouter()] });
  byBeginning.set(beginning, router);
  return router;
}

function matchIn(router: SmartRouter<MountedRoute>, method: string, path: string): RouteMatch | undefined {
  const [matches, stash] = router.match(method, path) as [
    [MountedRoute, Record<string, string | number>][],
    string[]?,
  ];
  const first = matches[0];
  if (first === undefined) return undefined;
  const [mounted, captured] = first;
  const params: Record<string, string> = {};
  for (const name in captured) {
    const value = captured[name] as string | number;
    params[name] = typeof value === 'number' ? (stash?.[value] ?? '') : value;
  }
  return { mounted, params };
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
