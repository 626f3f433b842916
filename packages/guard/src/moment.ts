import { z } from 'zod';

/** A time that a row of ours can have, as RFC 3339: PostgreSQL knows no year 0, and nothing here is older than 1970. */
export const moment = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) >= 0, 'must not lie before 1970');
