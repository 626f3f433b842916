import type pg from 'pg';
import type { StatementToRun } from './in-one-trip.ts';

/** The columns of a row as PostgreSQL writes them. */
export type Row = readonly (string | null)[];

/** What `pg` lets be done with its connection. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void; destroy(): void };
  close(message: { readonly type: 'S'; readonly name: string }): void;
  parse(query: { readonly name: string; readonly text: string }): void;
  bind(config: { readonly statement: string; readonly values: readonly (string | Buffer | null)[] }): void;
  execute(config: object): void;
  sync(): void;
}

/**
 * Statements that travel together to PostgreSQL, with one Sync behind them: outside of a transaction that makes them one.
 * In the form of a query of `pg`, which calls its methods.
 */
export class Trip {
  /** Of `pg`, which also gives up by it what takes too long. */
  callback: (error: Error | null) => void;
  readonly #statements: readonly StatementToRun[];
  readonly #prepared: Set<string> | undefined;
  readonly #rows: Row[][] = [];
  #current: Row[] = [];

  /** `prepared`: names of what is prepared on the connection; undefined: nothing is to be left there. */
  static make(
    client: pg.PoolClient,
    statements: readonly StatementToRun[],
    prepared: Set<string> | undefined,
  ): Promise<readonly (readonly Row[])[]> {
    return new Promise((resolve, reject) => {
      const trip = new Trip(statements, prepared, (error) =>
        error === null ? resolve(trip.#rows) : reject(error),
      );
      client.query(trip as unknown as pg.Submittable);
    });
  }

  private constructor(
    statements: readonly StatementToRun[],
    prepared: Set<string> | undefined,
    callback: (error: Error | null) => void,
  ) {
    this.#statements = statements;
    this.#prepared = prepared;
    this.callback = callback;
  }

  submit(wire: Wire): Error | undefined {
    wire.stream.cork();
    try {
      for (const { statement, values } of this.#statements) {
        wire.bind({ statement: this.#parse(wire, statement), values });
        wire.execute({});
      }
      wire.sync();
      wire.stream.uncork();
      return undefined;
    } catch (error) {
      // The half of it that may have been sent must not be committed by the Sync of whatever comes next.
      wire.stream.destroy();
      return error as Error;
    }
  }

  handleDataRow({ fields }: { readonly fields: Row }): void {
    this.#current.push(fields);
  }

  handleCommandComplete(): void {
    this.#rows.push(this.#current);
    this.#current = [];
  }

  handleReadyForQuery(): void {
    for (const { statement } of this.#statements) this.#prepared?.add(statement.name);
    this.callback(null);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  /** The name to bind. One that a trip without an end may have left is closed before it is used again. */
  #parse(wire: Wire, { name, text }: StatementToRun['statement']): string {
    const kept = this.#prepared === undefined ? '' : name;
    if (this.#prepared?.has(kept) === true) return kept;
    if (kept !== '') wire.close({ type: 'S', name: kept });
    wire.parse({ name: kept, text });
    return kept;
  }
}
