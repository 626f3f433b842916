import { checkCreators } from './check-creators.ts';
import { checkLinks } from './check-links.ts';
import { checkName } from './check-name.ts';
import { collectFindings, type Finding } from './findings.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { respell } from './respell.ts';
import { standards } from './standards/standards.ts';

/** What is to be said of a document: with any error it is not saved (N2). */
export interface Inspection {
  /** In the standards' spelling, every other field as it came. */
  readonly document: JsonObject;
  /** Names of the standards whose marks it bears and whose rules it meets. */
  readonly standards: readonly string[];
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Inspects a parsed JSON value as token or contract metadata. At most 100 errors and 100 warnings are listed. */
export function inspectDocument(value: unknown): Inspection {
  const errors = collectFindings();
  if (!isJsonObject(value)) {
    errors.add('', 'must be a JSON object');
    return { document: {}, standards: [], errors: errors.list, warnings: [] };
  }
  const warnings = collectFindings();
  const document = respell(value, errors);
  checkName(document, errors);
  checkLinks(document, errors, warnings);
  checkCreators(document, errors);
  const met: string[] = [];
  for (const standard of standards) {
    if (!standard.applies(document)) continue;
    let broken = false;
    standard.inspect(document, {
      violation(pointer, message) {
        broken = true;
        warnings.add(pointer, message, standard.name);
      },
      advice: (pointer, message) => warnings.add(pointer, message, standard.name),
    });
    if (!broken) met.push(standard.name);
  }
  return { document, standards: met, errors: errors.list, warnings: warnings.list };
}
