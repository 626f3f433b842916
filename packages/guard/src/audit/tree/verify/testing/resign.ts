import type pg from 'pg';
import { checkpointText, noPrevious, noteDigest, parseCheckpoint } from '../../notes/checkpoint.ts';
import { noteSigner } from '../../notes/note-key.ts';
import { signNote } from '../../notes/signed-note.ts';

/** Signs checkpoints again, each continuing the one before it. */
export function resign(by: Uint8Array, from: number) {
  return async (client: pg.Client) => {
    const { rows } = await client.query('SELECT number, note FROM audit_checkpoints ORDER BY number');
    let previous = noPrevious;
    for (const { number, note } of rows) {
      const { checkpoint } = parseCheckpoint(note);
      const kept = Number(number) < from;
      const text = checkpointText({ ...checkpoint, previous });
      const signed = kept ? note : signNote(text, noteSigner(checkpoint.origin, by));
      await client.query('UPDATE audit_checkpoints SET note = $2 WHERE number = $1', [number, signed]);
      previous = noteDigest(signed);
    }
  };
}
