import { z } from 'zod';
import { rangeComplaint } from '../../addresses/range.ts';
import { systemClock } from '../../clock.ts';
import { moment } from '../../moment.ts';

/** A text that is no beginning can stand anywhere in a row: every row of the time is read, so the time is bounded (A6). */
export const containsDaysMax = 31;

const range = z
  .string()
  .max(64)
  .superRefine((text, context) => {
    const complaint = rangeComplaint(text);
    if (complaint !== undefined) context.addIssue({ code: 'custom', message: complaint });
  });

/** What the audit log is searched by; what is given holds for every row that is found (A6). */
export const auditFilterSchema = z
  .strictObject({
    /** Id of an API key. In a query no parameter may be named `key` (K14). */
    key_id: z.string().max(64).optional(),
    user: z.string().max(64).optional(),
    /** An address, or all that begin with the bits of a CIDR range. */
    ip: range.optional(),
    /** An address, for all that are counted together with it: its /64 when it is of IPv6 (L4). */
    ip_group: z.union([z.ipv4(), z.ipv6()]).optional(),
    /** `404`, or a class such as `4xx`. */
    status: z
      .string()
      .max(3)
      .regex(/^[1-5](?:xx|\d\d)$/, 'must be like 404 or 4xx')
      .optional(),
    /** Beginning of the path. */
    path: z.string().max(300).optional(),
    /** Beginning of the error code. */
    error: z.string().max(64).optional(),
    method: z.string().max(32).toUpperCase().optional(),
    service: z.string().max(64).optional(),
    action: z.string().max(64).optional(),
    /** The `X-Request-Id` of an answer. */
    request: z.string().max(64).optional(),
    /** The `X-Request-Id` that the client sent. */
    client_request: z.string().max(128).optional(),
    /** A text that stands anywhere in the path or the user agent, as it is written; within 31 days. */
    contains: z.string().min(1).max(100).optional(),
    since: moment.optional(),
    until: moment.optional(),
  })
  .superRefine(({ contains, since, until }, context) => {
    if (contains === undefined) return;
    const untilMs = until === undefined ? systemClock.now() : Date.parse(until);
    const isWithin = since !== undefined && untilMs - Date.parse(since) <= containsDaysMax * 86_400_000;
    if (isWithin) return;
    const message = `is looked for within ${containsDaysMax} days: say since when, and until when if that is longer ago`;
    context.addIssue({ code: 'custom', path: ['contains'], message });
  });
export type AuditFilter = z.output<typeof auditFilterSchema>;
