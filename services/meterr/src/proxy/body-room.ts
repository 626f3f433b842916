export interface BodyRoomOptions {
  /** Bytes of request bodies held at once, of all calls. */
  readonly bytesMax: number;
  /** The same of one owner, so that nobody takes all of it. */
  readonly ownerBytesMax: number;
}

/** Where request bodies are held while they are read: as many bytes as there is room for, and no more. */
export class BodyRoom {
  readonly #options: BodyRoomOptions;
  readonly #byOwner = new Map<string, number>();
  #taken = 0;

  constructor(options: BodyRoomOptions) {
    this.#options = options;
  }

  /** False: there is no room, and nothing was taken. */
  take(owner: string, bytes: number): boolean {
    const ofOwner = (this.#byOwner.get(owner) ?? 0) + bytes;
    if (this.#taken + bytes > this.#options.bytesMax || ofOwner > this.#options.ownerBytesMax) return false;
    this.#taken += bytes;
    this.#byOwner.set(owner, ofOwner);
    return true;
  }

  giveBack(owner: string, bytes: number): void {
    const left = (this.#byOwner.get(owner) ?? 0) - bytes;
    this.#taken -= bytes;
    if (left > 0) this.#byOwner.set(owner, left);
    else this.#byOwner.delete(owner);
  }
}
