import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { sql } from 'drizzle-orm';
import type { Account } from '../accounts/lock-account.ts';

/** How old the answer may be: for so long a hard budget made on another node may be overlooked here. */
const rememberedMs = 4_000;
const rememberedMax = 10_000;

interface Remembered {
  answer: boolean | Promise<boolean>;
  readonly untilMs: number;
}

/** Whose calls hard budgets may concern, remembered: all others' need not ask the database before each call (T5). */
export class HardBudgets {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** False: no hard budget of the account, or of a team that it is in, existed within the last 4 s. */
  mayConcern(account: Account): boolean | Promise<boolean> {
    const name = `${account.environment} ${account.userId}`;
    const nowMs = this.#clock.monotonic();
    const known = this.#remembered.get(name);
    if (known !== undefined && nowMs < known.untilMs) return known.answer;
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    const answer = this.#read(account);
    const remembered: Remembered = { answer, untilMs: nowMs + rememberedMs };
    this.#remembered.set(name, remembered);
    answer.then(
      (value) => {
        remembered.answer = value;
      },
      () => this.#remembered.delete(name),
    );
    return answer;
  }

  /** Budgets or teams have changed. */
  forget(): void {
    this.#remembered.clear();
  }

  async #read({ userId, environment }: Account): Promise<boolean> {
    const { rows } = await this.#database.orm.execute<{ found: boolean }>(sql`
      SELECT EXISTS (
        SELECT FROM budgets WHERE removed_at IS NULL AND is_hard AND environment = ${environment}
          AND user_id = ${userId} AND subject <> 'team'
      ) OR EXISTS (
        SELECT FROM budgets JOIN team_members ON team_id::text = subject_id
        WHERE removed_at IS NULL AND is_hard AND environment = ${environment} AND subject = 'team'
          AND team_members.user_id = ${userId} AND joined_at IS NOT NULL
      ) AS found`);
    return rows[0]?.found ?? true;
  }
}
