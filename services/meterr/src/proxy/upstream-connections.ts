import type { Client } from 'undici';

/** A connection to a provider, for one call after the other. */
export interface UpstreamConnection {
  readonly client: Client;
  /** Whether it has been open since an earlier call: then the other side may just have closed it. */
  wasUsed: boolean;
}

/**
 * The connections to one provider, as many as there are calls (the guard lets in a thousand). The one that was used last is
 * used first, so that those too many grow old and end.
 */
export class UpstreamConnections {
  readonly #open: () => Client;
  readonly #all = new Set<UpstreamConnection>();
  #idle: UpstreamConnection[] = [];

  constructor(open: () => Client) {
    this.#open = open;
  }

  take(): UpstreamConnection {
    return this.#idle.pop() ?? this.fresh();
  }

  /** One on which nobody has called yet. */
  fresh(): UpstreamConnection {
    const connection: UpstreamConnection = { client: this.#open(), wasUsed: false };
    this.#all.add(connection);
    connection.client.on('disconnect', () => {
      connection.wasUsed = false;
      const at = this.#idle.indexOf(connection);
      if (at < 0) return;
      this.#idle.splice(at, 1);
      this.#drop(connection);
    });
    return connection;
  }

  /** A call is over; whether its connection is still open. */
  giveBack(connection: UpstreamConnection, isOpen: boolean): void {
    connection.wasUsed = isOpen;
    if (isOpen && this.#all.has(connection)) this.#idle.push(connection);
    else this.#drop(connection);
  }

  close(): void {
    this.#idle = [];
    for (const connection of this.#all) this.#drop(connection);
  }

  #drop(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    connection.client.destroy().catch(() => {});
  }
}
