import type { AnchorPlace } from './anchor-place.ts';

const attemptTimeoutMs = 20_000;

/** POSTs each note as text; any 2xx means that it has been kept. The note's own signature says whose it is. */
export function webhookPlace({ url }: { readonly url: string }): AnchorPlace {
  return {
    name: `webhook:${url}`,
    async keep(notes) {
      for (const { note } of notes) {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'text/plain; charset=utf-8' },
          body: note,
          redirect: 'error',
          signal: AbortSignal.timeout(attemptTimeoutMs),
        });
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`the place of the checkpoints answered ${answer.status}`);
      }
    },
    close: async () => {},
  };
}
