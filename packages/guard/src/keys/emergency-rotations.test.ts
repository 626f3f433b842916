import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { emergencyRotationStatus } from './emergency/emergency-status.ts';
import { EmergencyBed } from './emergency/testing/emergency-bed.ts';
import { emergencyRotations } from './emergency-rotations.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test('K8: the job finishes every rotation that is not done, also when one of them fails', async () => {
  const bed = await EmergencyBed.make(database, 'bed');
  await bed.insert({ owners: 3, keys: 9 });
  const rotations = [
    await bed.start({ owner: 'bed-o-1' }),
    await bed.start({ owner: 'bed-o-2' }),
    await bed.start({ owner: 'bed-o-3' }),
  ];
  const [failing, ...others] = rotations.map(({ id }) => id);
  await bed.query(
    `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'failing'; END $$`,
  );
  await bed.query(
    `CREATE TRIGGER fail BEFORE INSERT ON key_rotations FOR EACH ROW WHEN (NEW.user_id = 'bed-o-1') EXECUTE FUNCTION fail()`,
  );
  const job = emergencyRotations(database);
  const context = {
    signal: new AbortController().signal,
    clock: bed.clock,
    log: pino({ level: 'silent' }),
  };
  await expect(job.run(undefined, context)).rejects.toThrow();
  const stateOf = async (id = '') => (await emergencyRotationStatus(database, id))?.state;
  expect(await Promise.all(others.map(stateOf))).toEqual(['done', 'done']);
  expect(await stateOf(failing)).toBe('replacing');
  await bed.query('DROP FUNCTION fail CASCADE');
  await job.run(undefined, context);
  expect(await stateOf(failing)).toBe('done');
});
