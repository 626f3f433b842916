import type { Transaction } from './database/database.ts';
import type { Job } from './jobs/job.ts';
import type { Problem } from './reply.ts';
import type { Handler, Route } from './route.ts';

export type Contract = Readonly<Record<string, Route>>;

export type Handlers<C extends Contract> = { readonly [Name in keyof C]: Handler<C[Name]> };

/** Background work of a service: started after the migrations, stopped before the database closes. */
export interface Lifecycle {
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

/** How many of each kind, by the kind's plural, such as `usage_events`. */
export type Counts = Readonly<Record<string, number>>;

/** What a service moved from one person to another. */
export interface DataHandedOver {
  readonly counts: Counts;
  /**
   * For what a transaction does not hold, such as files: called once it has ended. When it was not committed, or when that
   * is not known, `isCommitted` is false. What cannot be done then must be mended elsewhere: a rejection changes nothing.
   */
  readonly settle?: ((isCommitted: boolean) => Promise<void>) | undefined;
}

/** Keeps data of people. What it does when one of them goes (K10). */
export interface DataKeeper {
  readonly name: string;
  /** How much of each kind the person owns, over both environments. */
  owned?(tx: Transaction, userId: string): Promise<Counts>;
  /**
   * Makes all data of one person another's, in the transaction; a refusal rolls everything back. Where both have
   * something of one name, it solves that without loss or refuses.
   */
  handOver?(tx: Transaction, fromUserId: string, toUserId: string): Promise<DataHandedOver | Problem>;
  /**
   * Removes what would go on acting for a person who is deleted, such as webhooks: in that transaction, after what is handed
   * over. Data that only lie there stay.
   */
  forget?(tx: Transaction, userId: string): Promise<void>;
}

/** A guest of the guard: routes as data, one handler for each, its scopes and its own tables. */
export interface Service<C extends Contract = Contract> extends Lifecycle, DataKeeper {
  /** Also the `<service>` in its keys: `sk-<service>_live_…`. */
  readonly name: string;
  readonly title: string;
  /** Every scope its routes ask for, with the sentence that people see when they choose. */
  readonly scopes: Readonly<Record<string, string>>;
  readonly contract: C;
  readonly handlers: Handlers<C>;
  /** Folder of its Drizzle migrations, if it has tables. */
  readonly migrations?: URL;
  /**
   * How services outside the installation answered last, by what they are for. Anybody may read it, and no state of theirs
   * is a reason to send requests elsewhere (O6). Cheap: it asks none of them.
   */
  readonly dependencies?: () => Promise<Readonly<Record<string, 'ok' | 'away' | 'refused'>>>;
  /** Background work that goes through the job queue (O4). */
  readonly jobs?: readonly Job[];
}

/** A service whose contract is not known to the type checker. */
export type AnyService = Service<Contract>;

/** Declares a service: a missing handler, or one of the wrong shape, does not type-check. */
export function defineService<const C extends Contract>(service: Service<C>): Service<C> {
  return service;
}
