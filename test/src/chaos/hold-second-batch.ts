import { randomInt } from 'node:crypto';
import pg from 'pg';

/** The second batch of entries that is shipped from now on; it is not committed before `release`. */
export interface SecondBatch {
  /** Whether the first one has been committed, so that this one is on its way. */
  isNext(): Promise<boolean>;
  release(): Promise<void>;
}

/** The position of a node's journal moves in the transaction that brings a batch: the second time that waits. */
export async function holdSecondBatch(url: string): Promise<SecondBatch> {
  const lock = randomInt(1, 2 ** 31);
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const position = async (): Promise<string> => {
    const { rows } = await client.query('SELECT node_id, segment, byte_offset FROM journal_positions');
    return JSON.stringify(rows);
  };
  await client.query(`
    SELECT pg_advisory_lock(${lock});
    CREATE SEQUENCE batches_seen;
    CREATE FUNCTION hold_second_batch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('batches_seen') > 1 THEN PERFORM pg_advisory_xact_lock_shared(${lock}); END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER hold_second_batch BEFORE UPDATE OF byte_offset ON journal_positions
      FOR EACH ROW EXECUTE FUNCTION hold_second_batch()`);
  const before = await position();
  return {
    isNext: async () => (await position()) !== before,
    async release() {
      await client.query(`SELECT pg_advisory_unlock(${lock})`);
      // This waits for whoever is in it.
      await client.query(`
        DROP TRIGGER hold_second_batch ON journal_positions;
        DROP FUNCTION hold_second_batch;
        DROP SEQUENCE batches_seen`);
      await client.end();
    },
  };
}
