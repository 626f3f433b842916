import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const sqliteBusy = 5;

/**
 * Takes an exclusive lock on the file for as long as this process lives; false when another process keeps it for `waitMs`.
 * Node has no flock of its own. SQLite locks its file by fcntl, which the kernel lets go even after kill -9.
 */
export async function lockForLife(path: string, waitMs: number): Promise<boolean> {
  const database = new DatabaseSync(path);
  for (let waitedMs = 0; ; waitedMs += 50) {
    if (tryLock(database)) {
      held.push(database);
      return true;
    }
    if (waitedMs >= waitMs) break;
    await sleep(50);
  }
  database.close();
  return false;
}

/** Kept from the garbage collector, which would close the file and so end the lock. */
const held: DatabaseSync[] = [];

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === sqliteBusy) return false;
    throw error;
  }
}
