import type { Handler, Route } from './route.ts';

export type Contract = Readonly<Record<string, Route>>;

export type Handlers<C extends Contract> = { readonly [Name in keyof C]: Handler<C[Name]> };

/** Background work of a service: started after the migrations, stopped before the database closes. */
export interface Lifecycle {
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

/** A guest of the guard: routes as data, one handler for each, its scopes and its own tables. */
export interface Service<C extends Contract = Contract> extends Lifecycle {
  /** Also the `<service>` in its keys: `sk-<service>_live_…`. */
  readonly name: string;
  readonly title: string;
  /** Every scope its routes ask for, with the sentence that people see when they choose. */
  readonly scopes: Readonly<Record<string, string>>;
  readonly contract: C;
  readonly handlers: Handlers<C>;
  /** Folder of its Drizzle migrations, if it has tables. */
  readonly migrations?: URL;
}

/** A service whose contract is not known to the type checker. */
export type AnyService = Service<Contract>;

/** Declares a service: a missing handler, or one of the wrong shape, does not type-check. */
export function defineService<const C extends Contract>(service: Service<C>): Service<C> {
  return service;
}
