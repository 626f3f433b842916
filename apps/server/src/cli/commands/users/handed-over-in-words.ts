import type { HandedOver } from '@keyward/guard';

/** What was handed over, as sentences for a terminal. */
export function handedOverInWords({ to, keys, revokedKeys, data }: HandedOver): string {
  const counts = Object.values(data).flatMap((kinds) => Object.entries(kinds));
  const moved = [['keys', keys.length] as const, ...counts]
    .filter(([, many]) => many > 0)
    .map(([kind, many]) => `${many} ${kind.replaceAll('_', ' ')}`);
  const first = `${to} has got ${moved.join(', ') || 'nothing'}.`;
  if (revokedKeys.length === 0) return first;
  return `${first}\nThese keys may not be handed over and were revoked: ${revokedKeys.join(', ')}.`;
}
