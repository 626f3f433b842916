/** What a server of the comparison is told, in its environment. */
export interface ServerSettings {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Opens the keyring in the database. */
  readonly secret: string;
  /** A folder of this server alone. */
  readonly folder: string;
  readonly limits: 'memory' | 'redis';
  /** Whose X-Forwarded-For is believed. Default: nobody's. */
  readonly trustedProxies?: readonly string[];
  /** Where a proxy passes its calls on to, such as `http://127.0.0.1:9000/v1`. */
  readonly upstreamUrl?: string;
}

/** The settings of the process that runs this. */
export function serverSettings(): ServerSettings {
  return JSON.parse(process.env.BENCH_SERVER ?? '') as ServerSettings;
}
