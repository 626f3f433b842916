import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { EmergencyBed } from './testing/emergency-bed.ts';

const day = 86_400_000;

let database: TestDatabase;
let bed: EmergencyBed;
let beds = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  beds += 1;
  bed = await EmergencyBed.make(database, `bed${beds}`);
});
afterAll(() => database[Symbol.asyncDispose]());

test('K8: four at once, each dying again and again, double nothing and leave nothing', async () => {
  await bed.insert({ owners: 13, keys: 200 });
  const rotation = await bed.start({ all: true });
  const drive = async (): Promise<void> => {
    // Each time it gets a little further: what is done is walked past again.
    for (let batches = 2; ; batches += 3) {
      const { state } = await bed.finishSome(rotation.id, batches, { keysAtOnce: 40, ownersAtOnce: 5 });
      if (state === 'done') return;
    }
  };
  await Promise.all([drive(), drive(), drive(), drive()]);
  await bed.expectWhole(rotation, 200, 13);
});

test('K8: a process that dies after any batch, its transaction torn or committed, is carried on by another', async () => {
  await bed.insert({ owners: 6, keys: 45 });
  const rotation = await bed.start({ all: true });
  for (let batches = 1; ; batches += 1) {
    const { state } = await bed.finishSome(rotation.id, batches);
    if (state === 'done') break;
  }
  await bed.expectWhole(rotation, 45, 6);
});

test('K8: a batch that is torn in its last statement leaves nothing behind', async () => {
  await bed.insert({ owners: 3, keys: 20 });
  const rotation = await bed.start({ all: true });
  await bed.query(`CREATE FUNCTION tear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.keys_replaced > OLD.keys_replaced OR NEW.owners_told > OLD.owners_told THEN RAISE EXCEPTION 'torn'; END IF; RETURN NEW; END $$`);
  await bed.query(
    'CREATE TRIGGER tear BEFORE UPDATE ON emergency_rotations FOR EACH ROW EXECUTE FUNCTION tear()',
  );
  await expect(bed.finish(rotation.id)).rejects.toThrow();
  const claims = 'SELECT FROM key_claims WHERE emergency_id = $1';
  expect(await bed.query(claims, rotation.id)).toHaveLength(0);
  await bed.query('ALTER TABLE emergency_rotations DISABLE TRIGGER tear');
  await bed.finish(rotation.id);
  await bed.query('DROP FUNCTION tear CASCADE');
  await bed.expectWhole(rotation, 20, 3);
});

test('K8: a batch that loses against somebody else is done again, and nothing is left out', async () => {
  await bed.insert({ owners: 4, keys: 40 });
  const rotation = await bed.start({ all: true });
  // A sequence counts on when a transaction is undone.
  await bed.query('CREATE SEQUENCE losses');
  await bed.query(`CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('losses') % 3 <> 0 THEN RAISE EXCEPTION 'lost' USING ERRCODE = 'deadlock_detected'; END IF; RETURN NULL; END $$`);
  // Deferred to the commit: what came before it looks as if it had gone well.
  await bed.query(`CREATE CONSTRAINT TRIGGER lose AFTER UPDATE OF keys_replaced, owners_told ON emergency_rotations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lose()`);
  await bed.finish(rotation.id);
  await bed.query('DROP FUNCTION lose CASCADE');
  await bed.expectWhole(rotation, 40, 4);
});

test('K8: a second emergency takes over what the first has not replaced; each key has one successor, each claim is told', async () => {
  await bed.insert({ owners: 5, keys: 40 });
  const first = await bed.start({ all: true }, { graceMs: day });
  await bed.finishSome(first.id, 2);
  const second = await bed.start({ all: true }, { reason: 'compromised' });
  expect(second.keysStopped).toBe(40);
  await Promise.all([bed.finish(second.id), bed.finish(first.id)]);
  const successors = await bed.query(
    `SELECT count(*)::int AS n, count(DISTINCT r.new_key_id)::int AS different FROM api_keys k
     JOIN key_rotations r ON r.old_key_id = k.id WHERE k.emergency_id = $1`,
    second.id,
  );
  expect(successors).toEqual([{ n: 40, different: 40 }]);
  const untold = `SELECT FROM key_claims c WHERE emergency_id IN ($1, $2)
    AND NOT EXISTS (SELECT FROM notifications WHERE dedupe_key = c.id)`;
  expect(await bed.query(untold, first.id, second.id)).toHaveLength(0);
  const told = await bed.query(
    'SELECT recipient, content FROM notifications WHERE recipient LIKE $1 ORDER BY recipient',
    `${bed.prefix}-%`,
  );
  // Two owners had claims of the first; all five hear of the second.
  expect(new Set(told.map((mail) => mail.recipient)).size).toBe(5);
  expect(told.length).toBeGreaterThan(5);
});
