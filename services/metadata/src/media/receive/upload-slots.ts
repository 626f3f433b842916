export interface UploadSlotsOptions {
  /** Uploads at once on this node. Default 32. */
  readonly uploadsMax?: number;
  /** Uploads at once of one owner, so that nobody's slow uploads keep the others out. Default 8. */
  readonly perOwnerMax?: number;
}

/** Bounds the uploads that are under way, and with them the temporary files. */
export class UploadSlots {
  readonly #uploadsMax: number;
  readonly #perOwnerMax: number;
  readonly #perOwner = new Map<string, number>();
  #taken = 0;

  constructor(options: UploadSlotsOptions = {}) {
    this.#uploadsMax = options.uploadsMax ?? 32;
    this.#perOwnerMax = options.perOwnerMax ?? 8;
  }

  /** A slot to be disposed of, or undefined when there is none. */
  take(userId: string): Disposable | undefined {
    const own = this.#perOwner.get(userId) ?? 0;
    if (this.#taken >= this.#uploadsMax || own >= this.#perOwnerMax) return undefined;
    this.#taken += 1;
    this.#perOwner.set(userId, own + 1);
    return { [Symbol.dispose]: () => this.#giveBack(userId) };
  }

  #giveBack(userId: string): void {
    const own = (this.#perOwner.get(userId) ?? 1) - 1;
    this.#taken -= 1;
    if (own === 0) this.#perOwner.delete(userId);
    else this.#perOwner.set(userId, own);
  }
}
