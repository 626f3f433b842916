/** A clause of the catalogue saying which model ids it prices. */
export type ModelMatch =
  | { readonly or: readonly ModelMatch[] }
  | { readonly and: readonly ModelMatch[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

/**
 * Whether `model` is the model that the clause means, in any case of letters.
 * A clause that gives only a part of the id holds when the rest is a vendor's path before it or a version after it
 * (`-2024-08-06`, `-latest`, `@20240620`, `-v1:0`). Anything else, such as `-8b` or `-lite`, names another model,
 * and a model is never charged another one's price (T4).
 */
export function matchesModel(clause: ModelMatch, model: string): boolean {
  return matches(clause, model.toLowerCase(), isPathAndVersion);
}

/** The clause as written, for telling providers apart by their names or by their models' names. */
export function matchesLoosely(clause: ModelMatch, text: string): boolean {
  return matches(clause, text.toLowerCase(), () => true);
}

type RestIsAllowed = (before: string, after: string, part: string) => boolean;

function matches(clause: ModelMatch, text: string, restIsAllowed: RestIsAllowed): boolean {
  if ('or' in clause) return clause.or.some((one) => matches(one, text, restIsAllowed));
  if ('and' in clause) return clause.and.every((one) => matches(one, text, restIsAllowed));
  if ('equals' in clause) return text === clause.equals.toLowerCase();
  // The expressions come from the catalogue, never from a caller.
  if ('regex' in clause) return new RegExp(clause.regex, 'i').test(text);
  const { part, at } = locate(clause, text);
  return at >= 0 && restIsAllowed(text.slice(0, at), text.slice(at + part.length), part);
}

type PartialClause = { starts_with: string } | { ends_with: string } | { contains: string };

function locate(clause: PartialClause, text: string): { part: string; at: number } {
  if ('starts_with' in clause) {
    const part = clause.starts_with.toLowerCase();
    return { part, at: text.startsWith(part) ? 0 : -1 };
  }
  if ('ends_with' in clause) {
    const part = clause.ends_with.toLowerCase();
    return { part, at: text.endsWith(part) ? text.length - part.length : -1 };
  }
  const part = clause.contains.toLowerCase();
  return { part, at: text.indexOf(part) };
}

const path = /^(?:.*[/.:@])?$/;
const version =
  /^(?:[-.@:](?:latest|preview|exp|experimental|beta|v\d{1,3}|\d{3,8}|\d{2}-\d{2,4}|\d{4}-\d{2}-\d{2}))*(?::\d{1,3})?$/;
/** A clause that stops within a date or a three-digit revision: its digits go on. */
const openNumber = /-(?:20\d{2}|0)$/;
/** What follows a fine-tuned model's base is its owner's name for it. */
const fineTuned = /^ft:|\.ft-$/;

function isPathAndVersion(before: string, after: string, part: string): boolean {
  if (!path.test(before)) return false;
  if (after === '' || fineTuned.test(part)) return true;
  const rest = openNumber.test(part) ? after.replace(/^\d{1,4}/, '') : after;
  return version.test(/[-.@:]$/.test(part) ? `-${rest}` : rest);
}
