import { retryAfterMs, systemClock } from '@keyward/guard';
import { z } from 'zod';
import { StoreAway } from '../replica.ts';
import type { ImageKitOptions } from './imagekit-options.ts';

const uploaded = z.object({
  fileId: z.string().min(1).max(200),
  filePath: z.string().max(2_000),
  size: z.number(),
  url: z.string().max(2_000),
});
const listed = z
  .array(z.object({ fileId: z.string().min(1).max(200), filePath: z.string().max(2_000) }))
  .max(1_000);

export type Uploaded = z.output<typeof uploaded>;

/** ImageKit's upload API (v1) and media API, as published. Every call throws `StoreAway` for what may go another time. */
export interface ImageKitApi {
  /** Undefined: it will not have this file (400, 413). */
  upload(form: FormData, signal: AbortSignal): Promise<Uploaded | undefined>;
  /** The files of a folder with a name. */
  find(
    folder: string,
    name: string,
    signal: AbortSignal,
  ): Promise<readonly { fileId: string; filePath: string }[]>;
  delete(fileId: string, signal: AbortSignal): Promise<void>;
  /** Asks the delivery network to forget what it keeps of a URL and its transformations. */
  purge(url: string, signal: AbortSignal): Promise<void>;
}

const callMsMax = 600_000;

export function imageKitApi({
  privateKey,
  apiUrl,
}: Pick<ImageKitOptions, 'privateKey' | 'apiUrl'>): ImageKitApi {
  const [uploads, files] = [apiUrl ?? 'https://upload.imagekit.io', apiUrl ?? 'https://api.imagekit.io'];
  const authorization = `Basic ${Buffer.from(`${privateKey}:`).toString('base64')}`;
  const call = async (url: string, init: RequestInit, signal: AbortSignal, ...fine: number[]) => {
    const answer = await send(url, { ...init, headers: { ...init.headers, authorization } }, signal);
    if (answer.ok || fine.includes(answer.status)) return answer;
    await answer.body?.cancel();
    const wait = answer.headers.get('retry-after') ?? resetSeconds(answer.headers.get('x-ratelimit-reset'));
    const fault = answer.status === 401 || answer.status === 403 ? 'credentials' : 'service';
    throw new StoreAway(`ImageKit answered ${answer.status}`, retryAfterMs(wait, systemClock.now()), fault);
  };
  return {
    async upload(form, signal) {
      const init = { method: 'POST', body: form };
      const answer = await call(`${uploads}/api/v1/files/upload`, init, signal, 400, 413);
      if (answer.ok) return read(answer, uploaded);
      await answer.body?.cancel();
      return undefined;
    },
    async find(folder, name, signal) {
      const query = new URLSearchParams({ path: folder, searchQuery: `name = "${name}"`, limit: '10' });
      return read(await call(`${files}/v1/files?${query}`, {}, signal), listed);
    },
    async delete(fileId, signal) {
      const answer = await call(
        `${files}/v1/files/${encodeURIComponent(fileId)}`,
        { method: 'DELETE' },
        signal,
        404,
      );
      await answer.body?.cancel();
    },
    async purge(url, signal) {
      const init = {
        method: 'POST',
        body: JSON.stringify({ url }),
        headers: { 'content-type': 'application/json' },
      };
      const answer = await call(`${files}/v1/files/purge`, init, signal);
      await answer.body?.cancel();
    },
  };
}

async function send(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  // A form that is given to `fetch` with a signal that has ended already is an unhandled rejection, which ends the process.
  signal.throwIfAborted();
  try {
    // A redirect would take the key along.
    return await fetch(url, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(callMsMax)]),
    });
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message?: string };
    throw new StoreAway(`ImageKit did not answer: ${cause?.code ?? message ?? 'unknown'}`);
  }
}

async function read<S extends z.ZodType>(answer: Response, schema: S): Promise<z.output<S>> {
  const parsed = schema.safeParse(await answer.json().catch(() => undefined));
  if (!parsed.success) throw new StoreAway('ImageKit answered something else than it publishes');
  return parsed.data;
}

/** ImageKit tells in milliseconds when its window ends. */
function resetSeconds(text: string | null): string | null {
  return text !== null && /^\d{1,9}$/.test(text) ? String(Math.ceil(Number(text) / 1_000)) : null;
}
