import { type Clock, type Handlers, isProblem, json, page, refuse } from '@keyward/guard';
import { type Database, transact } from '@keyward/guard/database';
import { eq, sql } from 'drizzle-orm';
import { budgets } from '../database/budget-tables.ts';
import { money } from '../money.ts';
import { passedPercent } from './alert-budgets.ts';
import { budgetAnswer } from './budget-answer.ts';
import type { budgetsContract } from './contract.ts';
import { createBudget } from './create-budget.ts';
import { findBudget, listBudgets, readPeriod } from './read-budget.ts';

export interface BudgetsDeps {
  readonly database: Database;
  readonly clock: Clock;
}

export function budgetsHandlers({ database, clock }: BudgetsDeps): Handlers<typeof budgetsContract> {
  return {
    async createBudget({ body, query }, context) {
      const nowMs = clock.now();
      const made = await createBudget(database, context.caller, body, nowMs);
      if (isProblem(made)) return made;
      context.audited(made.id);
      const state = await readPeriod(database.orm, made, nowMs);
      return json(201, budgetAnswer(made, state, { decimals: query.decimals, nowMs }));
    },

    async listBudgets({ query }, { caller }) {
      const nowMs = clock.now();
      const found = await listBudgets(database, caller, query.cursor, query.limit + 1);
      const rows = await Promise.all(
        found.map(async (budget) => ({
          id: budget.id,
          createdAt: budget.createdAt,
          budget,
          state: await readPeriod(database.orm, budget, nowMs),
        })),
      );
      const shown = { decimals: query.decimals, nowMs };
      return json(
        200,
        page(rows, query.limit, ({ budget, state }) => budgetAnswer(budget, state, shown)),
      );
    },

    async getBudget({ params, query }, context) {
      const nowMs = clock.now();
      const budget = await findBudget(database.orm, context.caller, params.id);
      if (budget === undefined) return refuse('not_found');
      context.audited(budget.id);
      const state = await readPeriod(database.orm, budget, nowMs);
      return json(200, budgetAnswer(budget, state, { decimals: query.decimals, nowMs }));
    },

    async changeBudget({ params, query, body }, context) {
      const nowMs = clock.now();
      const changed = await transact(database.orm, async (tx) => {
        const before = await findBudget(tx, context.caller, params.id);
        if (before === undefined) return refuse('not_found');
        const [budget = before] = await tx
          .update(budgets)
          .set({
            name: body.name ?? before.name,
            limitCost: body.limit ?? before.limitCost,
            isHard: body.hard ?? before.isHard,
            webhookUrl: body.webhook_url === undefined ? before.webhookUrl : body.webhook_url,
            updatedAt: new Date(nowMs),
          })
          .where(eq(budgets.id, before.id))
          .returning();
        const state = await readPeriod(tx, budget, nowMs);
        // Shares of the new limit that are still to come are told of when they are reached.
        await tx.execute(sql`
          UPDATE budget_periods
          SET alerted_percent = ${passedPercent(state.spent, money(budget.limitCost))}, is_forecast_alerted = false
          WHERE budget_id = ${budget.id}::uuid AND period_start = ${state.start}::date`);
        return { budget, state };
      });
      if (isProblem(changed)) return changed;
      context.audited(changed.budget.id);
      return json(200, budgetAnswer(changed.budget, changed.state, { decimals: query.decimals, nowMs }));
    },

    async removeBudget({ params }, context) {
      const removed = await transact(database.orm, async (tx) => {
        const budget = await findBudget(tx, context.caller, params.id);
        if (budget === undefined) return refuse('not_found');
        await tx
          .update(budgets)
          .set({ removedAt: new Date(clock.now()) })
          .where(eq(budgets.id, budget.id));
        return budget;
      });
      if (isProblem(removed)) return removed;
      context.audited(removed.id);
      return json(204);
    },
  };
}
