import { type EmergencyRotation, snakeCase } from '@keyward/guard';

/** An emergency rotation as JSON. */
export function presentEmergencyRotation({ graceMs, selection, ...rotation }: EmergencyRotation) {
  return { ...snakeCase(rotation), selection: snakeCase({ ...selection }), grace_seconds: graceMs / 1000 };
}
