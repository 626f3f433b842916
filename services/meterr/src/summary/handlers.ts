import { type Clock, type Handlers, isProblem, json, refuse } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { maySeeTeam } from '../teams/may-see-team.ts';
import type { summaryContract } from './contract.ts';
import { readRange, unknownZone } from './read-range.ts';
import { readRollups } from './read-rollups.ts';
import { summaryAnswer } from './summary-answer.ts';

export interface SummaryDeps {
  readonly database: Database;
  readonly clock: Clock;
}

export function summaryHandlers({ database, clock }: SummaryDeps): Handlers<typeof summaryContract> {
  return {
    async usageSummary({ query }, { caller }) {
      const range = readRange(query, { by: query.by, groupBy: query.group_by }, clock);
      if (isProblem(range)) return range;
      if (range.teamId !== undefined && !(await maySeeTeam(database, caller, range.teamId)))
        return refuse('not_found');
      const rows = await readRollups(database, caller, range);
      return rows === undefined ? unknownZone : json(200, summaryAnswer(range, rows, query.decimals));
    },
  };
}
