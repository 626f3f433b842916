import { refuse } from '@keyward/guard';

/** Why a document may not be changed, moved or deleted: it is frozen (N3). */
export const frozenDocument = refuse('conflict', {
  detail:
    'The document is frozen for ever: it is not changed, moved or deleted. Make another document for what is to be different.',
});
