import { z } from 'zod';

const text = (max: number) => z.string().min(1).max(max);

/** A file as Pinata answers it. `cid` is the word "pending" until Pinata has worked it out. */
export const pinataFile = z.object({
  id: text(200),
  cid: text(200),
  keyvalues: z.record(z.string(), z.string()).nullish(),
});

/** An answer about one file. */
export const oneFile = z.object({ data: pinataFile });

/** A page of files. */
export const filePage = z.object({ data: z.object({ files: z.array(pinataFile).nullable() }) });
