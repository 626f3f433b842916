import type { presentKey } from '@keyward/control';
import { formatLimit } from '@keyward/guard';

type ShownKey = ReturnType<typeof presentKey> & { readonly unused_scopes: readonly string[] };

/** A key for people at a terminal: a line for each thing that there is to say. */
export function keyInWords(key: ShownKey): string {
  const { rotation, uses, limits } = key;
  const lines: [string, string | null][] = [
    ['id', key.id],
    ['status', key.status],
    // Quoted and escaped: whoever named the key does not write to this terminal.
    ['name', JSON.stringify(key.name)],
    ['key', `${key.prefix}…${key.last_four}`],
    ['owner', key.user_id],
    ['for', `${key.service}, ${key.environment}`],
    ['scopes', key.scopes.join(' ')],
    ['not used in 90 days', list(key.unused_scopes)],
    [
      'limits',
      list(limits?.map((one) => formatLimit({ limit: one.limit, windowMs: one.window_seconds * 1000 }))),
    ],
    ['addresses', list(key.allowed_ips)],
    ['origins', list(key.allowed_origins)],
    ['uses', uses && `${uses.used} of ${uses.max}`],
    ['created', key.created_at],
    ['claimed', key.claimed_at],
    ['expires', key.expires_at],
    ['revoked', key.revoked_at],
    ['deactivated', key.deactivated_at],
    ['last used', key.last_used_at && `${key.last_used_at} from ${key.last_used_ip ?? 'an unknown address'}`],
    ['requests', `${key.request_count}, ${key.error_count} of them errors`],
    ['rotation due', rotation.due_at && `${rotation.due_at}, every ${rotation.every_days} days`],
    ['rotation planned', rotation.planned_at],
    ['grace ends', rotation.grace_ends_at],
    ['predecessor', rotation.predecessor_id],
    ['successor', rotation.successor_id],
    ['emergency', key.emergency_id],
    ['import', key.import_id],
  ];
  const said = lines.filter((line): line is [string, string] => line[1] !== null);
  const width = Math.max(...said.map(([what]) => what.length));
  return said.map(([what, text]) => `${what.padEnd(width)}  ${text}`).join('\n');
}

function list(values: readonly string[] | null | undefined): string | null {
  return values === null || values === undefined || values.length === 0 ? null : values.join(' ');
}
