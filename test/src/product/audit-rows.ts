import { auditFilterSchema, searchAudit, shipOnce, snakeCase } from '@keyward/guard';
import type { Keyward } from './keyward.ts';
import { withInstallation } from './with-installation.ts';

/**
 * What `keyward audit search` finds, newest first: all that the node's journal holds is shipped before (A2). `filter`: as
 * the query of `GET /v1/control/audit` names it.
 */
export async function auditRows<Row>(
  keyward: Keyward,
  filter: Readonly<Record<string, string>> = {},
  limit = 1_000,
): Promise<Row[]> {
  const wanted = auditFilterSchema.parse(filter);
  return withInstallation(keyward, async ({ database, directUrl, journalFolder }) => {
    await shipOnce({ databaseUrl: directUrl, folder: journalFolder });
    const rows = await searchAudit(database, wanted, limit);
    // As JSON has them: moments are texts.
    return JSON.parse(JSON.stringify(rows.map(snakeCase))) as Row[];
  });
}
