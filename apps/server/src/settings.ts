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
    name: 'REDIS_CLUSTER',
    default: 'off',
    meaning: '"on": REDIS_URL names one node of a Redis Cluster, which knows the others.',
  },
  {
    name: 'LIMIT_LEASES',
    default: 'on',
    meaning:
      'With Redis: "on" takes permits ahead, "off" asks it for each decision and refuses while it is away.',
  },
  {
    name: 'LIMITS_WHEN_STORE_IS_AWAY',
    default: 'local',
    meaning:
      'While Redis is away: "local" goes on with a share of each limit for each node, or "refuse" with 503.',
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
    name: 'PROVIDER_BASE_URLS',
    meaning:
      "Addresses that accounts at AI providers may name besides the providers' own, separated by commas. Unset: none.",
  },
  {
    name: 'PROVIDERS_FOR_TEST_KEYS',
    default: 'off',
    meaning: '"on": test keys may reach a provider\'s own address, which costs money.',
  },
  {
    name: 'PROXY_WHEN_CALLER_LEAVES',
    default: 'drain:30s',
    meaning:
      'When the caller of a proxied call goes away: "drain:30s" reads on so long to learn what it cost, "cancel" ends it.',
  },
  {
    name: 'TRUSTED_PROXIES',
    meaning: 'Addresses or CIDR ranges whose X-Forwarded-For is believed. Unset: none.',
  },
  {
    name: 'ADDRESS_LIMITS',
    default: 'keyless=600/1m,failed=30/1m,sign-in=10/1m,keyed=60000/1m',
    meaning: 'Requests of one address (IPv6: /64): without a valid key, answered 401, and so on; or "off".',
  },
  {
    name: 'NEVER_BLOCK',
    meaning: 'Addresses or CIDR ranges that nobody can block. Unset: this machine and TRUSTED_PROXIES alone.',
  },
  {
    name: 'AUDIT_SYNC',
    default: 'group',
    meaning: '"answer": wait for the disk before each answer; "group": at most 20 ms later.',
  },
  {
    name: 'MEDIA_QUOTA',
    default: '5GiB',
    meaning: 'What the media files of one owner may have together, such as 20GiB.',
  },
  {
    name: 'PINATA_JWT',
    secret: true,
    meaning: 'Pins published collections and their media at Pinata. Unset: nothing is pinned there.',
  },
  { name: 'PINATA_REQUESTS_PER_MINUTE', default: '60', meaning: 'What the plan at Pinata allows.' },
  { name: 'PINATA_GROUP', meaning: 'Id of a group at Pinata that pins are put into.' },
  {
    name: 'PINATA_API_URL',
    meaning: "Another address of Pinata's API. Default: https://api.pinata.cloud/v3.",
  },
  {
    name: 'PINATA_UPLOADS_URL',
    meaning: 'Another address for uploads to Pinata. Default: https://uploads.pinata.cloud/v3.',
  },
  {
    name: 'PINNING_SERVICE_URL',
    meaning: 'A service with the IPFS Pinning Service API that pins by CID as well. Unset: none.',
  },
  { name: 'PINNING_SERVICE_TOKEN', secret: true, meaning: 'Access token of PINNING_SERVICE_URL.' },
  {
    name: 'PINNING_SERVICE_REQUESTS_PER_MINUTE',
    default: '60',
    meaning: 'What the plan at PINNING_SERVICE_URL allows.',
  },
  {
    name: 'PINNING_SERVICE_ORIGINS',
    meaning: 'Multiaddrs of IPFS nodes that have the content, separated by commas, for PINNING_SERVICE_URL.',
  },
  {
    name: 'PINNING_GATEWAY_URL',
    meaning:
      'A trustless IPFS gateway that is asked whether pins can be had. Unset: only their providers are asked.',
  },
  {
    name: 'PINNING_GATEWAY_REQUESTS_PER_MINUTE',
    default: '60',
    meaning: 'What the gateway at PINNING_GATEWAY_URL allows.',
  },
  {
    name: 'PINNING_DELAY',
    default: '10s',
    meaning: 'How long a collection must have been left alone before it is pinned.',
  },
  {
    name: 'PINNING_AUDIT_EVERY',
    default: '24h',
    meaning: 'How often each pin is looked at: is it there, can it be had?',
  },
  {
    name: 'JOURNAL_BYTES_MAX',
    meaning:
      'What the audit journal may take on this disk, such as 20GiB. Unset: 10GiB, or half of what is free if that is less.',
  },
  {
    name: 'AUDIT_ANCHOR',
    meaning:
      'Where signed checkpoints of the audit log are kept: a folder, s3://bucket/prefix (object lock) or an https:// URL. Default: KEYWARD_DATA/audit/checkpoints, which protects from the database alone.',
  },
  {
    name: 'AUDIT_ONLINE_DAYS',
    default: '90',
    meaning: 'Days for which the audit log stays in the database, 90 or more; older months go into archives.',
  },
  {
    name: 'AUDIT_ARCHIVE',
    meaning:
      'Where archives of the audit log are kept: a folder or s3://bucket/prefix (?region=, endpoint=). Default: KEYWARD_DATA/archives.',
  },
  { name: 'LOG_LEVEL', default: 'info', meaning: 'fatal, error, warn, info, debug or silent.' },
  {
    name: 'KEY_HASH',
    default: 'hmac-sha256',
    meaning:
      'How new API keys are kept: hmac-sha256, or bcrypt (cost 12). Keys kept the other way stay valid.',
  },
  {
    name: 'SMTP_URL',
    secret: true,
    meaning: 'Mail server, such as smtps://user:password@mail.example.com. Unset: mails wait in the outbox.',
  },
  {
    name: 'PUBLIC_URL',
    meaning: 'Origin under which people reach this, for links in mails. Default: http://HOST:PORT.',
  },
  {
    name: 'MAIL_FROM',
    default: 'Keyward <keyward@localhost>',
    meaning: 'Sender of mails.',
  },
  {
    name: 'DATABASE_OWNER_URL',
    secret: true,
    meaning: "The owner's role, for migrations, around any pooler. Unset: DATABASE_URL is the owner too.",
  },
  {
    name: 'BETTER_AUTH_SECRET',
    secret: true,
    isUsedLater: true,
    meaning: 'Not used yet. Secret of sign-in sessions.',
  },
  {
    name: 'KEYS_WHEN_STORE_IS_AWAY',
    default: 'refuse',
    meaning: 'While PostgreSQL is away: "refuse" keys, or "serve:15m": those verified within 15 min go on.',
  },
  {
    name: 'SECURITY_CONTACT',
    meaning: 'E-mail address that alerts go to, beside those of the super_admins. Unset: theirs alone.',
  },
  {
    name: 'LEAKED_KEYS',
    default: 'revoke',
    meaning:
      'About keys that others report as leaked: "revoke" them, "rotate" them, or "notify" their owners alone.',
  },
  {
    name: 'GITHUB_SECRET_SCANNING_KEYS_URL',
    default: 'https://api.github.com/meta/public_keys/secret_scanning',
    meaning: 'Where GitHub publishes the keys by which it signs reports of leaked keys.',
  },
  {
    name: 'S3_URL',
    secret: true,
    meaning:
      'Bucket that media are copied to: s3://bucket/prefix?endpoint=&region=, keys as user:password or by AWS_….',
  },
  {
    name: 'IMAGEKIT_PRIVATE_KEY',
    secret: true,
    meaning: 'Private API key of ImageKit, which public media are copied to. Unset: they are not.',
  },
  {
    name: 'IMAGEKIT_URL_ENDPOINT',
    meaning: 'Where ImageKit delivers files, such as https://ik.imagekit.io/your_id.',
  },
  { name: 'IMAGEKIT_PLAN', default: 'free', meaning: 'free, lite or pro: how large files ImageKit takes.' },
  { name: 'IMAGEKIT_API_URL', meaning: "Another address of ImageKit's upload and media API." },
  {
    name: 'WEBHOOK_PRIVATE_ADDRESSES',
    default: 'refuse',
    meaning:
      '"allow": webhooks may go to private and loopback addresses and by http. For intranets and tests.',
  },
];
