/** The rest of a loop between two looks. Whoever wakes it while it is at work has it look again at once. */
export class WakeableSleep {
  #isWoken = false;
  #end: () => void = () => {};

  wake(): void {
    this.#isWoken = true;
    this.#end();
  }

  async for(ms: number): Promise<void> {
    if (!this.#isWoken) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      this.#end = resolve;
      await promise;
      clearTimeout(timer);
    }
    this.#isWoken = false;
  }
}
