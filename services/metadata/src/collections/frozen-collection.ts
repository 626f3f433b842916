import { type Problem, refuse } from '@keyward/guard';
import type { CollectionRow } from '../documents/tables.ts';

/** Why nothing may be added to a collection or changed of it: it is frozen (N3). */
export function frozenRefusal({ frozenAt }: Pick<CollectionRow, 'frozenAt'>): Problem | undefined {
  return frozenAt === null ? undefined : refuse('conflict', { detail: 'The collection is frozen.' });
}
