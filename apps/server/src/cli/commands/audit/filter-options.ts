import { type AuditFilter, auditFilterSchema, snakeCase } from '@keyward/guard';
import type { Command } from 'commander';
import { validated } from '../../usage.ts';

/** Adds the options by which the log is searched. */
export function withFilter(command: Command): Command {
  return command
    .option('--key <id>', 'id of an API key')
    .option('--user <id>', 'id of a person')
    .option('--ip <address>', 'address of the client, or a CIDR range')
    .option('--ip-group <address>', 'all addresses that are counted with this one: the /64 of IPv6')
    .option('--status <status>', '404, or a class such as 4xx')
    .option('--path <beginning>', 'beginning of the path')
    .option('--error <beginning>', 'beginning of the error code')
    .option('--method <method>', 'such as DELETE; - for what was no request')
    .option('--service <name>', 'service of the route')
    .option('--action <action>', 'such as keys.revoke')
    .option('--request <id>', 'X-Request-Id of an answer')
    .option('--client-request <id>', 'X-Request-Id that the client sent')
    .option('--contains <text>', 'stands anywhere in the path or user agent; within 31 days, with --since')
    .option('--since <time>', 'RFC 3339, such as 2026-01-01T00:00:00Z')
    .option('--until <time>', 'RFC 3339');
}

/** The filter that these options make; wrong ones are wrong usage. */
export function filterOf({ key, ...options }: { readonly key?: string }): AuditFilter {
  return validated(auditFilterSchema, { ...snakeCase(options), key_id: key });
}
