import type { PlainHeaders } from './route.ts';

/** Header fields by lower-case name, those of one name joined by commas. `Headers` is one. */
export interface HeaderSource {
  get(name: string): string | null | undefined;
}

/** The headers as Node's server has them: to ask the adapter's `Headers` costs five times as much (P1). */
export class PlainHeaderSource implements HeaderSource {
  readonly #plain: PlainHeaders;

  constructor(plain: PlainHeaders) {
    this.#plain = plain;
  }

  get(name: string): string | null {
    const value = Object.hasOwn(this.#plain, name) ? this.#plain[name] : undefined;
    if (typeof value === 'string') return value;
    return value === undefined ? null : value.join(', ');
  }
}
