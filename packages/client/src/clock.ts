/** Where the client's time comes from: Unix milliseconds. */
export const now = (): number => Date.now();
