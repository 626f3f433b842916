import type { Client } from 'pg';
import { connect } from './connect.ts';

/** One connection, made when it is needed and made anew when it was lost. */
export class KeptConnection {
  readonly #databaseUrl: string;
  #client: Client | undefined;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  /** The connection that is there, or a new one. Rejects while the database cannot be reached. */
  async open(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const client = await connect(this.#databaseUrl, () => {
      if (this.#client === client) this.#client = undefined;
    });
    this.#client = client;
    return client;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }
}
