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
}

/** The settings of the process that runs this. */
export function serverSettings(): ServerSettings {
  return JSON.parse(process.env.BENCH_SERVER ?? '') as ServerSettings;
}
