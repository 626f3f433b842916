import { type Problem, refuse } from '@keyward/guard';
import type { CollectionRow } from '../documents/tables.ts';

const isFrozen = refuse('conflict', {
  detail:
    'The collection is frozen for ever: nothing is added to it, changed or deleted. Use another collection for what is new.',
});

/** Why nothing may be added to a collection or changed of it: it is frozen (N3). */
export function frozenRefusal({ frozenAt }: Pick<CollectionRow, 'frozenAt'>): Problem | undefined {
  return frozenAt === null ? undefined : isFrozen;
}
