import type { Clock } from '../../clock.ts';
import type { Database, Orm, Transaction } from '../../database/database.ts';
import { keyImports } from '../schema.ts';
import { type KeyPattern, keyPattern } from './key-pattern.ts';

/** The pattern of an import, ready to match. */
export interface DeclaredPattern {
  readonly id: string;
  readonly prefixLength: number;
  readonly pattern: KeyPattern;
}

export interface DeclaredPatterns {
  /** The imports that a text may belong to, from memory. */
  matching(text: string): readonly DeclaredPattern[];
  reload(): Promise<void>;
}

/** Imports that may be declared; every text that is no key of ours is held against each pattern. */
export const importsMax = 100;
/** Milliseconds for which patterns are believed without being told of a change: a new import holds within seconds. */
const believedMs = 3_000;

export function declaredPatterns(
  database: Database,
  clock: Clock,
  onError: (error: unknown) => void,
): DeclaredPatterns {
  let declared: readonly DeclaredPattern[] = [];
  let askedAtMs = Number.NEGATIVE_INFINITY;

  const reload = async (): Promise<void> => {
    askedAtMs = clock.monotonic();
    declared = await readPatterns(database.orm);
  };

  return {
    reload,
    matching(text) {
      // Not waited for: a text costs no look-up of its own, and a holder who came too early comes again.
      if (clock.monotonic() - askedAtMs > believedMs) reload().catch(onError);
      return declared.filter(({ pattern }) => pattern.matches(text));
    },
  };
}

/** Every declared pattern, the oldest first. */
export async function readPatterns(orm: Orm | Transaction): Promise<DeclaredPattern[]> {
  const rows = await orm.select().from(keyImports).orderBy(keyImports.createdAt).limit(importsMax);
  return rows.flatMap(({ id, prefixLength, pattern: source }) => {
    const pattern = keyPattern(source);
    // One that plain SQL broke declares nothing.
    return 'defect' in pattern ? [] : [{ id, prefixLength, pattern }];
  });
}
