import {
  type Clock,
  type KeyCaller,
  type Keyring,
  type Problem,
  refuse,
  seal,
  unseal,
  uuidv7,
} from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { and, count, desc, eq } from 'drizzle-orm';
import type { ProviderName } from './known-providers.ts';
import { providerAccounts } from './schema.ts';

export type ProviderAccount = typeof providerAccounts.$inferSelect;

/** What a call needs of an account. */
export interface Connection {
  readonly accountId: string;
  readonly baseUrl: string;
  readonly key: string;
}

export interface NewAccount {
  readonly provider: ProviderName;
  readonly key: string;
  readonly baseUrl: string;
}

type Owner = Pick<KeyCaller, 'userId' | 'environment'>;

/** Accounts of one owner and environment, over all providers. */
const accountsMax = 50;
/** How old a connection may be that a call uses: for so long a removed account may still be used on other nodes. */
const rememberedMs = 4_000;
const rememberedMax = 10_000;

/** The accounts of all owners at AI providers; keys are sealed at rest (D1) and opened for calls alone. */
export class ProviderAccounts {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly #clock: Clock;
  readonly #remembered = new Map<
    string,
    { readonly connection: Promise<Connection | undefined>; readonly untilMs: number }
  >();

  constructor(deps: { readonly database: Database; readonly keyring: Keyring; readonly clock: Clock }) {
    this.#database = deps.database;
    this.#keyring = deps.keyring;
    this.#clock = deps.clock;
  }

  async connect(owner: Owner, account: NewAccount): Promise<ProviderAccount | Problem> {
    const id = uuidv7(this.#clock.now());
    const row: ProviderAccount = {
      id,
      userId: owner.userId,
      environment: owner.environment,
      provider: account.provider,
      baseUrl: account.baseUrl,
      sealedKey: seal(Buffer.from(account.key), this.#keyring.primary('columns'), placeOf(id)),
      lastFour: account.key.slice(-4),
      createdAt: new Date(this.#clock.now()),
    };
    const [known] = await this.#database.orm
      .select({ accounts: count() })
      .from(providerAccounts)
      .where(ofOwner(owner));
    if ((known?.accounts ?? 0) >= accountsMax)
      return refuse('too_many_providers', { detail: `There are ${accountsMax} accounts. Remove one first.` });
    await this.#database.orm.insert(providerAccounts).values(row);
    this.#remembered.clear();
    return row;
  }

  list(owner: Owner): Promise<ProviderAccount[]> {
    return this.#database.orm
      .select()
      .from(providerAccounts)
      .where(ofOwner(owner))
      .orderBy(desc(providerAccounts.createdAt), desc(providerAccounts.id));
  }

  /** False: the owner has no such account. */
  async remove(owner: Owner, id: string): Promise<boolean> {
    const removed = await this.#database.orm
      .delete(providerAccounts)
      .where(and(ofOwner(owner), eq(providerAccounts.id, id)))
      .returning({ id: providerAccounts.id });
    this.#remembered.clear();
    return removed.length > 0;
  }

  /** The newest account of a provider; undefined when there is none. */
  connection(owner: Owner, provider: ProviderName): Promise<Connection | undefined> {
    const name = JSON.stringify([owner.userId, owner.environment, provider]);
    const nowMs = this.#clock.monotonic();
    const known = this.#remembered.get(name);
    if (known !== undefined && nowMs < known.untilMs) return known.connection;
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    const connection = this.#readNewest(owner, provider);
    this.#remembered.set(name, { connection, untilMs: nowMs + rememberedMs });
    connection.catch(() => this.#remembered.delete(name));
    return connection;
  }

  async #readNewest(owner: Owner, provider: ProviderName): Promise<Connection | undefined> {
    const [row] = await this.#database.orm
      .select()
      .from(providerAccounts)
      .where(and(ofOwner(owner), eq(providerAccounts.provider, provider)))
      .orderBy(desc(providerAccounts.createdAt), desc(providerAccounts.id))
      .limit(1);
    if (row === undefined) return undefined;
    const find = (id: string) => this.#keyring.find('columns', id)?.material;
    const key = unseal(row.sealedKey, find, placeOf(row.id)).toString('utf8');
    return { accountId: row.id, baseUrl: row.baseUrl, key };
  }
}

const ofOwner = ({ userId, environment }: Owner) =>
  and(eq(providerAccounts.userId, userId), eq(providerAccounts.environment, environment));

const placeOf = (id: string): string => `provider_accounts.sealed_key.${id}`;
