import type { Database } from '../../../database/database.ts';
import type { Keyring } from '../../../encryption/keyring.ts';
import { auditTree } from '../schema.ts';
import { type NoteVerifier, noteSigner, parseNoteKey } from './note-key.ts';

/** The public keys of this log's checkpoints: the one that signs now first, then those that did. */
export async function checkpointKeys(database: Database, keyring: Keyring): Promise<NoteVerifier[]> {
  const [tree] = await database.orm.select({ origin: auditTree.origin }).from(auditTree);
  if (tree === undefined) throw new Error('audit_tree has lost its row');
  return keyring
    .all('checkpoints')
    .map(({ material }) => parseNoteKey(noteSigner(tree.origin, material).vkey));
}
