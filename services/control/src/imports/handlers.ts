import {
  type Handlers,
  type ImportReport,
  importKeys,
  isProblem,
  json,
  type Problem,
  refuse,
} from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { importsContract } from './contract.ts';

export function importHandlers(deps: ControlDeps): Handlers<typeof importsContract> {
  return {
    async importKeys({ body }, context) {
      const { pattern, prefix_length: prefixLength, keys, dry_run: isDryRun } = body;
      const lines = keys.map((value, at) => ({ line: at + 1, value }));
      const wanted = { pattern, prefixLength, isDryRun };
      const report = await importKeys(deps, wanted, lines, actorOf(context));
      if (isProblem(report)) return report;
      if (report.wrong > 0) return wrongKeys(report);
      const { importId, imported, skipped } = report;
      if (importId !== null) context.audited(importId);
      return json(200, { import_id: importId, imported, skipped });
    },
  };
}

function wrongKeys({ wrong, errors }: ImportReport): Problem {
  return refuse('invalid_request', {
    detail: `Nothing was imported: ${wrong} of the keys ${wrong === 1 ? 'is' : 'are'} wrong.`,
    errors: errors.map(({ line, pointer, message }) => ({ pointer: `/keys/${line - 1}${pointer}`, message })),
  });
}
