import { expect } from 'vitest';
import type { Database } from '../../../database/database.ts';
import { isProblem } from '../../../reply.ts';
import { type FakeClock, fakeClock } from '../../../testing/fake-clock.ts';
import { type ContinueOptions, continueEmergencyRotation } from '../continue-emergency-rotation.ts';
import { type EmergencySelection, emergencyWishSchema } from '../emergency-selection.ts';
import { type EmergencyRotation, emergencyRotationStatus } from '../emergency-status.ts';
import { type EmergencyDeps, startEmergencyRotation } from '../start-emergency-rotation.ts';
import { insertKeys, type ManyKeys } from './insert-keys.ts';

const day = 86_400_000;

export const operator = { via: 'api', userId: 'operator', requestId: 'request-1' } as const;

/** Keys of its own in a shared database; those of the beds before it are revoked. */
export class EmergencyBed {
  readonly database: Database;
  readonly clock: FakeClock = fakeClock(Date.UTC(2026, 5, 1));
  readonly prefix: string;

  private constructor(database: Database, prefix: string) {
    this.database = database;
    this.prefix = prefix;
  }

  static async make(database: Database, prefix: string): Promise<EmergencyBed> {
    await database.pool.query('UPDATE api_keys SET revoked_at = now() WHERE revoked_at IS NULL');
    return new EmergencyBed(database, prefix);
  }

  get deps(): EmergencyDeps {
    return { database: this.database, clock: this.clock };
  }

  insert(wanted: Partial<ManyKeys> = {}): Promise<void> {
    const createdAt = new Date(this.clock.now() - day);
    return insertKeys(this.database, { prefix: this.prefix, owners: 7, keys: 30, createdAt, ...wanted });
  }

  async query(text: string, ...values: unknown[]) {
    return (await this.database.pool.query(text, values)).rows;
  }

  async start(selection: EmergencySelection, more: object = {}): Promise<EmergencyRotation> {
    const wish = emergencyWishSchema.parse({ selection, ...more });
    const started = await startEmergencyRotation(this.deps, wish, operator);
    if (isProblem(started) || started.kind !== 'started') throw new Error(JSON.stringify(started));
    return started.rotation;
  }

  async finish(id: string, options: ContinueOptions = {}): Promise<EmergencyRotation> {
    const small = { keysAtOnce: 10, ownersAtOnce: 3 };
    const rotation = await continueEmergencyRotation(this.deps, id, { ...small, ...options });
    if (isProblem(rotation)) throw new Error(rotation.code);
    return rotation;
  }

  /** Carries it on and dies after so many batches. */
  async finishSome(id: string, batches: number, options: ContinueOptions = {}): Promise<EmergencyRotation> {
    const dying = new AbortController();
    let seen = 0;
    const onProgress = () => {
      seen += 1;
      if (seen > batches) dying.abort();
    };
    return this.finish(id, { ...options, signal: dying.signal, onProgress });
  }

  /** What must hold for every key that the rotation stopped and every owner, however it went. */
  async expectWhole({ id, reason }: EmergencyRotation, keys: number, owners: number): Promise<void> {
    const old = await this.query('SELECT * FROM api_keys WHERE emergency_id = $1', id);
    expect(old).toHaveLength(keys);
    expect(old.every((key) => !key.is_active && key.deactivated_at !== null)).toBe(true);
    const pairs = await this.query(
      `SELECT old.id AS old, r.reason, r.user_id = old.user_id AS is_owners, new.*, c.user_id = old.user_id AS claims_it
     FROM api_keys old JOIN key_rotations r ON r.old_key_id = old.id JOIN api_keys new ON new.id = r.new_key_id
     JOIN key_claims c ON c.id = new.claim_id WHERE old.emergency_id = $1`,
      id,
    );
    expect(new Set(pairs.map((pair) => pair.old)).size).toBe(keys);
    expect(new Set(pairs.map((pair) => pair.id)).size).toBe(keys);
    for (const pair of pairs)
      expect(pair).toMatchObject({
        ...{ reason, is_owners: true, claims_it: true, key_hash: null, is_active: true, emergency_id: null },
        ...{ scopes: ['tokens:write'], allowed_ips: ['10.0.0.0/8'], limits: [{ limit: 5, windowMs: 1000 }] },
      });
    // No successor that nobody is the predecessor of.
    const orphans = `SELECT FROM api_keys WHERE claim_id IN (SELECT id FROM key_claims WHERE emergency_id = $1)
    AND id NOT IN (SELECT new_key_id FROM key_rotations)`;
    expect(await this.query(orphans, id)).toHaveLength(0);
    const mails = await this.query(
      `SELECT n.recipient, c.user_id FROM notifications n JOIN key_claims c ON c.id = n.dedupe_key
     JOIN users u ON u.id = c.user_id AND u.email = n.recipient WHERE c.emergency_id = $1`,
      id,
    );
    expect(mails).toHaveLength(owners);
    expect(new Set(mails.map((mail) => mail.recipient)).size).toBe(owners);
    expect(await emergencyRotationStatus(this.database, id)).toMatchObject({
      ...{ state: 'done', keysStopped: keys, keysReplaced: keys, ownersTold: owners },
    });
  }
}
