/** Puts numbers that come in order together to ranges. */
export class RangeOf {
  readonly #tell: (from: number, to: number) => void;
  #range: [number, number] | undefined;

  constructor(tell: (from: number, to: number) => void) {
    this.#tell = tell;
  }

  add(number: number): void {
    if (this.#range !== undefined && number <= this.#range[1] + 1) {
      this.#range[1] = Math.max(this.#range[1], number);
      return;
    }
    this.end();
    this.#range = [number, number];
  }

  end(): void {
    if (this.#range !== undefined) this.#tell(...this.#range);
    this.#range = undefined;
  }
}
