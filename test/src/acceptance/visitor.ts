import type { Keyward } from '../product/keyward.ts';
import type { IssuedKey } from '../product/people-and-keys.ts';

/** A person with a key for each service, who always shows the right one. */
export class Visitor {
  readonly #keyward: Keyward;
  readonly #keys: readonly IssuedKey[];

  constructor(keyward: Keyward, keys: readonly IssuedKey[]) {
    this.#keyward = keyward;
    this.#keys = keys;
  }

  /** Sends with each key in turn until one has the scope. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<Response> {
    let answer: Response | undefined;
    for (const { key } of this.#keys) {
      answer = await this.#keyward.fetch(path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          // Of resumable uploads: without them such a route looks at nothing else.
          ...(path.includes('/upload') && { 'tus-resumable': '1.0.0', 'upload-offset': '0' }),
          ...(body !== undefined && { 'content-type': contentType }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (answer.status !== 403 || key === this.#keys.at(-1)?.key) return answer;
      await answer.arrayBuffer();
    }
    return answer as Response;
  }
}
