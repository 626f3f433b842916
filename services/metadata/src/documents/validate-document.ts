import { isProblem, json, type Reply } from '@keyward/guard';
import { inspectDocument } from './inspect-document.ts';
import { prepareDocument } from './prepare-document.ts';

/** Says what would become of a document, and keeps nothing (N2). */
export function validateDocument(body: unknown): Reply {
  const { document, standards, errors, warnings } = inspectDocument(body);
  const prepared = prepareDocument(body);
  const problems = isProblem(prepared) ? (prepared.errors ?? errors) : [];
  return json(200, {
    valid: problems.length === 0,
    standards,
    errors: problems,
    warnings,
    cid: isProblem(prepared) ? null : prepared.cid,
    document: isProblem(prepared) ? null : document,
  });
}
