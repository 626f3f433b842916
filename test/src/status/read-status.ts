import { sourceFiles } from '../architecture/source-files.ts';

/** A row of the specification with the tests that show it. */
export interface StatusRow {
  readonly id: string;
  /** Through the front door: HTTP or the command line of a running product. */
  readonly whole: readonly string[];
  /** In the parts. */
  readonly parts: readonly string[];
}

const testName =
  /\b(?:test|it|describe)(?:\.\w+(?:\([^)]*\))?)?\s*\(\s*(['"`])((?:\\.|(?!\1).)*)\1|\]\)\(\s*(['"`])((?:\\.|(?!\3).)*)\3/g;
const leadingIds = /^((?:[A-Z]\d+)(?:, [A-Z]\d+)*):/;
const frontDoor = /^test\/src\/(acceptance|chaos)\//;

/** Every id that a test names, in the order of the specification's letters. */
export function readStatus(): StatusRow[] {
  const rows = new Map<string, { whole: Set<string>; parts: Set<string> }>();
  for (const { path, text } of sourceFiles().filter(
    ({ path }) => path.startsWith('test/') || /\.test\.ts$|\/testing\//.test(path),
  )) {
    for (const [, , plain, , tabled] of text.matchAll(testName)) {
      const name = plain ?? tabled ?? '';
      for (const id of leadingIds.exec(name)?.[1]?.split(', ') ?? []) {
        const row = rows.get(id) ?? { whole: new Set(), parts: new Set() };
        rows.set(id, row);
        row[frontDoor.test(path) ? 'whole' : 'parts'].add(name.slice(name.indexOf(':') + 2));
      }
    }
  }
  return [...rows]
    .map(([id, { whole, parts }]) => ({ id, whole: [...whole].sort(), parts: [...parts].sort() }))
    .sort(byId);
}

function byId(one: StatusRow, other: StatusRow): number {
  return one.id.charCodeAt(0) - other.id.charCodeAt(0) || Number(one.id.slice(1)) - Number(other.id.slice(1));
}

/** The status page. */
export function statusPage(rows: readonly StatusRow[]): string {
  const part = ({ id, whole, parts }: StatusRow) =>
    [
      `## ${id}`,
      '',
      ...group('Shown on the running product', whole),
      ...group('Shown in its parts', parts),
    ].join('\n');
  return [
    '# What the tests show',
    '',
    'Made from the names of the tests by `node test/src/status/write-status.ts`; a test fails while it is out of date.',
    'A guarantee counts when a test of the running product shows it, over HTTP or by its command line. An id that is not here has no test yet.',
    '',
    ...rows.map(part),
  ].join('\n');
}

function group(title: string, names: readonly string[]): string[] {
  return names.length === 0
    ? []
    : [`${title}:`, '', ...names.map((name) => `- ${name.replaceAll('\\', '')}`), ''];
}
