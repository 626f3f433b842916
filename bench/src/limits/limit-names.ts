/** The names under which the figures of P6 are found again. */
export const limitName = (contender: string, inFlight: number): string =>
  `${contender}, ${inFlight === 1 ? 'one at a time' : `${inFlight} in flight`}`;

export const inFlightMax = 64;
