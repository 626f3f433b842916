/** One environment variable that Keyward reads. */
export interface Setting {
  readonly name: string;
  readonly default?: string;
  /** Printed masked. */
  readonly secret?: true;
  readonly meaning: string;
  /** A name that is kept for what comes; setting it does nothing yet. */
  readonly isUsedLater?: true;
}

/** Every environment variable, as `keyward config` lists them. Each may also be given as NAME_FILE. */
export const settings: readonly Setting[] = [
  { name: 'PORT', default: '8787', meaning: 'Port to listen on; 0 picks a free one.' },
  { name: 'HOST', default: '127.0.0.1', meaning: 'Address to listen on.' },
  { name: 'NODE_ENV', default: 'development', meaning: '"production" turns on the strict start checks.' },
  {
    name: 'DATABASE_URL',
    secret: true,
    meaning: 'PostgreSQL 15 or newer. Unset: an embedded PostgreSQL in KEYWARD_DATA.',
  },
  {
    name: 'DATABASE_DIRECT_URL',
    secret: true,
    meaning: 'A way to PostgreSQL around a pooler, for notifications. Default: DATABASE_URL.',
  },
  {
    name: 'REDIS_URL',
    secret: true,
    meaning: 'Redis 7 or newer for limits shared by several nodes. Unset: limits in memory.',
  },
  {
    name: 'KEYWARD_DATA',
    default: '.keyward',
    meaning: 'Folder of the journal, the embedded database and media.',
  },
  {
    name: 'KEYWARD_SECRET',
    secret: true,
    meaning:
      'Root of the keyring, 32 characters or more. Outside production made once and kept in KEYWARD_DATA.',
  },
  { name: 'CORS_ORIGINS', meaning: 'Origins that browsers may call from, separated by commas. Unset: none.' },
  { name: 'ALLOWED_ORIGINS', meaning: 'Alias of CORS_ORIGINS.' },
  {
    name: 'TRUSTED_PROXIES',
    meaning: 'Addresses or CIDR ranges whose X-Forwarded-For is believed. Unset: none.',
  },
  {
    name: 'AUDIT_SYNC',
    default: 'group',
    meaning: '"answer": wait for the disk before each answer; "group": at most 20 ms later.',
  },
  { name: 'LOG_LEVEL', default: 'info', meaning: 'fatal, error, warn, info, debug or silent.' },
  {
    name: 'SMTP_URL',
    secret: true,
    meaning: 'Mail server, such as smtps://user:password@mail.example.com. Unset: mails wait in the outbox.',
  },
  {
    name: 'MAIL_FROM',
    default: 'Keyward <keyward@localhost>',
    meaning: 'Sender of mails.',
  },
  {
    name: 'DATABASE_OWNER_URL',
    secret: true,
    isUsedLater: true,
    meaning: "Not used yet. The owner's role, for migrations.",
  },
  {
    name: 'BETTER_AUTH_SECRET',
    secret: true,
    isUsedLater: true,
    meaning: 'Not used yet. Secret of sign-in sessions.',
  },
  {
    name: 'KEYS_WHEN_STORE_IS_AWAY',
    isUsedLater: true,
    meaning: 'Not used yet. "serve:15m" lets verified keys go on while PostgreSQL is away.',
  },
  {
    name: 'PROVIDER_BASE_URLS',
    isUsedLater: true,
    meaning: 'Not used yet. Base URLs of AI providers that may be connected besides their own.',
  },
  {
    name: 'SECURITY_CONTACT',
    isUsedLater: true,
    meaning: 'Not used yet. Address that alerts and security.txt name.',
  },
  {
    name: 'S3_URL',
    secret: true,
    isUsedLater: true,
    meaning: 'Not used yet. Object store for media and archives.',
  },
];
