import pg from 'pg';

/** Holds back emergency rotations: none comes into a state that is held, and whoever would bring it there waits. */
export interface HeldStates {
  letPass(state: string): Promise<void>;
  end(): Promise<void>;
}

export async function holdStates(url: string, states: readonly string[]): Promise<HeldStates> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await client.query(`
    CREATE FUNCTION wait_for_state() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(hashtext(NEW.state));
      RETURN NEW;
    END $$;
    CREATE TRIGGER wait_for_state BEFORE UPDATE OF state ON emergency_rotations
      FOR EACH ROW EXECUTE FUNCTION wait_for_state()`);
  for (const state of states) await client.query('SELECT pg_advisory_lock(hashtext($1))', [state]);
  return {
    letPass: async (state) => void (await client.query('SELECT pg_advisory_unlock(hashtext($1))', [state])),
    async end() {
      await client.query('SELECT pg_advisory_unlock_all()');
      // This waits for whoever is in it.
      await client.query('DROP TRIGGER wait_for_state ON emergency_rotations; DROP FUNCTION wait_for_state');
      await client.end();
    },
  };
}
