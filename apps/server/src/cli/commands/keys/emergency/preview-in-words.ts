import { type EmergencyPreview, snakeCase } from '@keyward/guard';
import { table } from '../../../output.ts';

/** What would stop, by service and by owner, for a terminal. */
export function previewInWords({ keys, owners, byService, byOwner }: EmergencyPreview): string {
  if (keys === 0) return 'No living key is selected.';
  const people = byOwner.map(({ email, keys: count }) => ({ owner: email, keys: count }));
  const others = owners - byOwner.length;
  return [
    `${keys} keys of ${owners} owners:`,
    table(byService, ['service', 'environment', 'keys']),
    table(people, ['owner', 'keys']),
    ...(others > 0 ? [`and ${others} more owners`] : []),
  ].join('\n\n');
}

/** The same as JSON. */
export function presentPreview(preview: EmergencyPreview): Record<string, unknown> {
  return snakeCase({ ...preview, byOwner: preview.byOwner.map((owner) => snakeCase({ ...owner })) });
}
