import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import {
  type AddressLimits,
  createCors,
  type KeyHash,
  keyHashes,
  type LeakPolicy,
  leakPolicies,
  secretWeakness,
} from '@keyward/guard';
import { addressLimits, addressRanges } from './address-settings.ts';
import { httpsOrLoopback, mailbox, publicUrl, url } from './addresses-in-settings.ts';
import { auditAnchor } from './audit-anchor.ts';
import { auditArchive, auditOnlineDays } from './audit-archive.ts';
import { journalBytesMax } from './journal-bytes.ts';
import { keysServedWhenAwayMs } from './keys-when-away.ts';
import { type LimitChoices, limitChoices } from './limit-choices.ts';
import { mediaQuotaBytes } from './media-quota.ts';
import { type PinningChoices, pinningChoices } from './pinning-choices.ts';
import { type ProviderChoices, providerChoices } from './provider-choices.ts';
import { settings } from './settings.ts';
import { type StoreChoices, storeChoices } from './store-choices.ts';

export interface Config extends LimitChoices, ProviderChoices, PinningChoices, StoreChoices {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  /** Undefined: the embedded database. */
  readonly databaseUrl: string | undefined;
  readonly databaseDirectUrl: string | undefined;
  /** The owner's role, for migrations; undefined: that of `databaseUrl`. */
  readonly databaseOwnerUrl: string | undefined;
  /** Undefined: limits in memory. */
  readonly redisUrl: string | undefined;
  readonly redisIsCluster: boolean;
  /** Absolute. */
  readonly dataFolder: string;
  /** Undefined: made once and kept in the data folder (outside production). */
  readonly secret: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly addressLimits: AddressLimits | 'off';
  /** CIDR ranges and addresses that are never blocked. */
  readonly neverBlock: readonly string[];
  readonly logLevel: string;
  readonly syncBeforeAnswer: boolean;
  /** What the audit journal may take on this disk; undefined: it decides by what is free. */
  readonly journalBytesMax: number | undefined;
  /** Bytes of media that one owner may keep; undefined: 5 GiB. */
  readonly mediaQuotaBytes: number | undefined;
  /** Where checkpoints of the audit log are kept: a folder or a URL. Undefined: a folder in the data folder. */
  readonly auditAnchor: string | undefined;
  /** Days for which the audit log stays in the database. */
  readonly auditOnlineDays: number;
  /** Where its archives are kept: a folder or an S3 URL. Undefined: a folder in the data folder. */
  readonly auditArchive: string | undefined;
  /** How new keys are kept. */
  readonly keyHash: KeyHash;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  /** An e-mail address. */
  readonly securityContact: string | undefined;
  /** What is done about keys that others report as leaked (K12). */
  readonly leakedKeys: LeakPolicy;
  /** Where GitHub publishes the keys that it signs its reports with. */
  readonly githubKeysUrl: string;
  /** Milliseconds for which verified keys go on while PostgreSQL is away; 0: they are refused. */
  readonly keysServedWhenAwayMs: number;
  /** Origin that links in mails begin with. */
  readonly publicUrl: string;
  /** What works but should not stay so, a sentence each; for the log at start. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with the configuration: every problem at once, each with what to do (D3). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/** The process's own environment; the one place that reads it. What it leaves unset may stand in `.env.local`. */
export function processEnvironment(): Environment {
  return { ...localEnvironment(), ...process.env };
}

/** `.env.local` of the working directory: git-ignored, for one's own machine (D3). */
function localEnvironment(): Environment {
  try {
    return { ...parseEnv(readFileSync(localFile, 'utf8')), [readFromLocalFile]: 'yes' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

const localFile = '.env.local';
/** Tells `readConfig` that there was one; no variable can have this name. */
const readFromLocalFile = '=.env.local';

/** Reads the configuration, or throws one `ConfigError` with everything that is wrong. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const values = resolveFiles(environment, problems);
  const value = (name: string): string | undefined =>
    values[name] ?? settings.find((setting) => setting.name === name)?.default;
  const production = value('NODE_ENV') === 'production';

  const config: Config = {
    production,
    host: value('HOST') as string,
    port: port(value('PORT') as string, problems),
    databaseUrl: url('DATABASE_URL', values.DATABASE_URL, ['postgres:', 'postgresql:'], problems),
    databaseDirectUrl: url(
      'DATABASE_DIRECT_URL',
      values.DATABASE_DIRECT_URL,
      ['postgres:', 'postgresql:'],
      problems,
    ),
    databaseOwnerUrl: url(
      'DATABASE_OWNER_URL',
      values.DATABASE_OWNER_URL,
      ['postgres:', 'postgresql:'],
      problems,
    ),
    redisUrl: url('REDIS_URL', values.REDIS_URL, ['redis:', 'rediss:'], problems),
    redisIsCluster:
      oneOf('REDIS_CLUSTER', value('REDIS_CLUSTER') as string, ['on', 'off'], problems) === 'on',
    ...limitChoices(values, problems),
    ...providerChoices(values, problems),
    ...pinningChoices(values, problems),
    ...storeChoices(values, problems),
    dataFolder: absolute(value('KEYWARD_DATA') as string),
    secret: rootSecret(values.KEYWARD_SECRET, production, problems),
    corsOrigins: origins(values, production, problems),
    trustedProxies: addressRanges('TRUSTED_PROXIES', values.TRUSTED_PROXIES, problems),
    addressLimits: addressLimits(value('ADDRESS_LIMITS') as string, problems),
    neverBlock: addressRanges('NEVER_BLOCK', values.NEVER_BLOCK, problems),
    logLevel: oneOf(
      'LOG_LEVEL',
      value('LOG_LEVEL') as string,
      ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
      problems,
    ),
    syncBeforeAnswer:
      oneOf('AUDIT_SYNC', value('AUDIT_SYNC') as string, ['group', 'answer'], problems) === 'answer',
    journalBytesMax: journalBytesMax(values.JOURNAL_BYTES_MAX, problems),
    mediaQuotaBytes: mediaQuotaBytes(values.MEDIA_QUOTA, problems),
    auditAnchor: auditAnchor(values.AUDIT_ANCHOR, problems),
    auditOnlineDays: auditOnlineDays(value('AUDIT_ONLINE_DAYS') as string, problems),
    auditArchive: auditArchive(values.AUDIT_ARCHIVE, problems),
    keyHash: oneOf('KEY_HASH', value('KEY_HASH') as string, keyHashes, problems) as KeyHash,
    mailFrom: value('MAIL_FROM') as string,
    securityContact: mailbox('SECURITY_CONTACT', values.SECURITY_CONTACT, problems),
    leakedKeys: oneOf('LEAKED_KEYS', value('LEAKED_KEYS') as string, leakPolicies, problems) as LeakPolicy,
    githubKeysUrl: httpsOrLoopback(
      'GITHUB_SECRET_SCANNING_KEYS_URL',
      value('GITHUB_SECRET_SCANNING_KEYS_URL') as string,
      problems,
    ),
    keysServedWhenAwayMs: keysServedWhenAwayMs(value('KEYS_WHEN_STORE_IS_AWAY') as string, problems),
    publicUrl: publicUrl(
      values.PUBLIC_URL,
      { host: value('HOST') as string, port: value('PORT') as string },
      problems,
    ),
    warnings: warningsOf(environment, values, production),
    smtpUrl: url('SMTP_URL', values.SMTP_URL, ['smtp:', 'smtps:'], problems),
  };
  if (values.ENCRYPTION_KEY !== undefined) {
    problems.push(
      'ENCRYPTION_KEY is not used: the keyring in the database encrypts, sealed under KEYWARD_SECRET. Remove it.',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function warningsOf(environment: Environment, values: Environment, production: boolean): string[] {
  const warnings = settings
    .filter(({ name, isUsedLater }) => isUsedLater && values[name] !== undefined)
    .map(({ name }) => `${name} is set and not used yet.`);
  if (!production) return warnings;
  if (environment[readFromLocalFile] !== undefined) {
    warnings.push(
      '.env.local is read in production; give secrets by the environment or by NAME_FILE instead.',
    );
  }
  if (values.SMTP_URL !== undefined && values.PUBLIC_URL === undefined)
    warnings.push('PUBLIC_URL is not set: links in mails lead to http://HOST:PORT.');
  if (values.REDIS_URL === undefined)
    warnings.push('REDIS_URL is not set: limits are counted by this node alone.');
  return warnings;
}

/** `NAME_FILE` gives the value of NAME in a file: Docker and Kubernetes secrets, Vault agent. Empty counts as unset. */
function resolveFiles(environment: Environment, problems: string[]): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  for (const name of [...settings.map((setting) => setting.name), 'ENCRYPTION_KEY']) {
    const file = environment[`${name}_FILE`] || undefined;
    values[name] = environment[name] || undefined;
    if (file === undefined) continue;
    if (values[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set; set one of them.`);
    try {
      values[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      problems.push(`${name}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    }
  }
  return values;
}

function rootSecret(secret: string | undefined, production: boolean, problems: string[]): string | undefined {
  if (secret === undefined) {
    if (production) problems.push('KEYWARD_SECRET is required in production: openssl rand -base64 32');
    return undefined;
  }
  const weakness = secretWeakness(secret);
  if (weakness !== undefined) problems.push(`KEYWARD_SECRET ${weakness}`);
  return secret;
}

function origins(values: Environment, production: boolean, problems: string[]): string[] {
  const { CORS_ORIGINS: named, ALLOWED_ORIGINS: alias } = values;
  if (named !== undefined && alias !== undefined && named !== alias) {
    problems.push(
      'CORS_ORIGINS and ALLOWED_ORIGINS (its alias) are set to different values; keep CORS_ORIGINS.',
    );
  }
  const list = commaSeparated(named ?? alias);
  if (production && list.includes('*'))
    problems.push('CORS_ORIGINS must not be * in production; list the origins.');
  for (const origin of list) {
    try {
      createCors({ origins: [origin] });
    } catch (error) {
      problems.push(`CORS_ORIGINS: ${(error as Error).message}.`);
    }
  }
  return list;
}

function port(text: string, problems: string[]): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535)
    problems.push(`PORT must be a number from 0 to 65535, not ${text}.`);
  return number;
}

function oneOf(name: string, text: string, allowed: readonly string[], problems: string[]): string {
  if (!allowed.includes(text)) problems.push(`${name} must be one of ${allowed.join(', ')}, not ${text}.`);
  return text;
}

function commaSeparated(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path);
}
