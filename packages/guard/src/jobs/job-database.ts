import type { Db } from 'pg-boss';
import { openDatabase } from '../database/database.ts';

export interface JobDatabase extends Db {
  close(): Promise<void>;
}

/**
 * Two connections for jobs alone, so that a busy node still renews its claims.
 * A batch of statements that fails inside its own BEGIN leaves the connection in that transaction: it is not used again.
 */
export function openJobDatabase(url: string, onError: (error: Error) => void): JobDatabase {
  const { pool } = openDatabase({ url, connectionsMax: 2, onError });
  return {
    async executeSql(text, values) {
      const client = await pool.connect();
      try {
        const result = await client.query(text, values);
        client.release();
        return result;
      } catch (error) {
        client.release(values === undefined);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}
