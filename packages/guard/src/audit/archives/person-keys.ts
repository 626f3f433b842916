import { randomBytes } from 'node:crypto';
import { inArray, sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import { seal, unseal } from '../../encryption/envelope.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import { auditPersonKeys } from './schema.ts';

export interface PersonKey {
  readonly id: string;
  /** 32 bytes; undefined: destroyed. */
  readonly material: Buffer | undefined;
}

const rememberedMax = 10_000;
const keyBytes = 32;

/** The keys under which personal fields stand in archives: made when first needed, gone when destroyed (A5). */
export class PersonKeys {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly #bySubject = new Map<string, PersonKey>();
  readonly #byId = new Map<string, PersonKey>();

  constructor(database: Database, keyring: Keyring) {
    this.#database = database;
    this.#keyring = keyring;
  }

  /** The key of each subject; those that are missing are made, and are on disk before they are given. */
  async ofSubjects(subjects: ReadonlySet<string>): Promise<ReadonlyMap<string, PersonKey>> {
    const missing = [...subjects].filter((subject) => !this.#bySubject.has(subject));
    if (missing.length > 0) {
      this.#forgetWhenFull(this.#bySubject);
      await this.#make(missing);
      const rows = await this.#database.orm
        .select()
        .from(auditPersonKeys)
        .where(inArray(auditPersonKeys.subject, missing));
      for (const row of rows) this.#bySubject.set(row.subject, this.#opened(row));
    }
    return this.#bySubject;
  }

  /** Those of the ids that there are. */
  async ofIds(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, PersonKey>> {
    const missing = [...ids].filter((id) => !this.#byId.has(id));
    if (missing.length > 0) {
      this.#forgetWhenFull(this.#byId);
      const rows = await this.#database.orm
        .select()
        .from(auditPersonKeys)
        .where(inArray(auditPersonKeys.id, missing));
      for (const row of rows) this.#byId.set(row.id, this.#opened(row));
    }
    return this.#byId;
  }

  async #make(subjects: readonly string[]): Promise<void> {
    const found = await this.#database.orm
      .select({ subject: auditPersonKeys.subject })
      .from(auditPersonKeys)
      .where(inArray(auditPersonKeys.subject, [...subjects]));
    const known = new Set(found.map(({ subject }) => subject));
    const made = subjects
      .filter((subject) => !known.has(subject))
      .map((subject) => {
        const id = randomBytes(8).toString('hex');
        return {
          id,
          subject,
          sealed: seal(randomBytes(keyBytes), this.#keyring.primary('columns'), place(id)),
        };
      });
    if (made.length === 0) return;
    await this.#database.orm.transaction(async (tx) => {
      // What is sealed under a key can be read only as long as the key is there: it must outlive a power cut.
      await tx.execute(sql`SET LOCAL synchronous_commit = on`);
      await tx.insert(auditPersonKeys).values(made).onConflictDoNothing();
    });
  }

  #opened({ id, sealed }: { id: string; sealed: string | null }): PersonKey {
    if (sealed === null) return { id, material: undefined };
    return { id, material: unseal(sealed, (key) => this.#keyring.find('columns', key)?.material, place(id)) };
  }

  #forgetWhenFull(remembered: Map<string, PersonKey>): void {
    if (remembered.size > rememberedMax) remembered.clear();
  }
}

const place = (id: string): string => `audit_person_keys.sealed.${id}`;
