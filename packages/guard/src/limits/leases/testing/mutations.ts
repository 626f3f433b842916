/** A fault that somebody could make, and a test that then fails. */
export interface Mutation {
  readonly what: string;
  /** In `limits/leases`. */
  readonly file: string;
  /** Stands once in the file. */
  readonly from: string;
  readonly to: string;
  readonly caughtBy: 'interleavings' | 'permits-away' | 'leased-limits';
}

/** Tried by hand, one at a time: each of them failed the test that it names. */
export const mutations: readonly Mutation[] = [
  {
    what: 'nobody is asked to give back',
    file: 'leased-limits.ts',
    from: 'if (recalled.length > 0) bank.recall(recalled);',
    to: '',
    caughtBy: 'interleavings',
  },
  {
    what: 'permits are spent until the latest end of their window, and 400 ms more',
    file: 'lease.ts',
    from: 'return nowMs < this.endsNotBeforeMs;',
    to: 'return nowMs < this.endsNotAfterMs + 400;',
    caughtBy: 'interleavings',
  },
  {
    what: "the bank's clock is taken for exact, not for whole milliseconds",
    file: 'lease.ts',
    from: 'sentAtMs + leftMs - 1',
    to: 'sentAtMs + leftMs',
    caughtBy: 'interleavings',
  },
  {
    what: 'what was set aside is not put back',
    file: 'lease-trips.ts',
    from: 'if (endsAtMs === lease.endsAtMs) lease.unspent += over;',
    to: 'if (endsAtMs === lease.endsAtMs) lease.unspent += 0;',
    caughtBy: 'interleavings',
  },
  {
    what: 'what was set aside is put into whatever window runs now',
    file: 'lease-trips.ts',
    from: 'if (endsAtMs === lease.endsAtMs) lease',
    to: 'if (over >= 0) lease',
    caughtBy: 'permits-away',
  },
  {
    what: 'permits that arrive after a recall are kept',
    file: 'lease-trips.ts',
    from: 'if (lease.isStrict && (lease.unspent > 0 || extra > 0)) giveBack(lease);',
    to: '',
    caughtBy: 'permits-away',
  },
  {
    what: 'a recall is answered before permits that are on their way have come',
    file: 'lease-trips.ts',
    from: '    if (lease.asking > 0) return;\n',
    to: '',
    caughtBy: 'permits-away',
  },
  {
    what: 'a refusal is remembered though permits are on their way',
    file: 'leased-limits.ts',
    from: '!isHeldElsewhere && !isMoving(lease)',
    to: '!isHeldElsewhere',
    caughtBy: 'permits-away',
  },
  {
    what: 'permits of one window are spent in the next',
    file: 'lease.ts',
    from: '    this.endsAtMs = endsAtMs;\n    this.unspent = 0;',
    to: '    this.endsAtMs = endsAtMs;',
    caughtBy: 'interleavings',
  },
  {
    what: 'what is given back is kept as well',
    file: 'lease-trips.ts',
    from: '    lease.unspent = 0;\n',
    to: '',
    caughtBy: 'interleavings',
  },
  {
    what: 'what is set aside can be spent as well',
    file: 'lease.ts',
    from: '    this.unspent -= permits;\n    return permits;',
    to: '    return permits;',
    caughtBy: 'interleavings',
  },
  {
    what: 'a node holds a tenth of the limit',
    file: 'lease.ts',
    from: 'heldShareMax = 0.01',
    to: 'heldShareMax = 0.1',
    caughtBy: 'interleavings',
  },
  {
    what: 'waits are told from before the request',
    file: 'lease.ts',
    from: 'this.endsNotAfterMs = receivedAtMs + leftMs',
    to: 'this.endsNotAfterMs = sentAtMs + leftMs - 1',
    caughtBy: 'interleavings',
  },
  {
    what: 'every refusal is remembered',
    file: 'leased-limits.ts',
    from: 'lease.isExhausted = !isHeldElsewhere && !isMoving(lease)',
    to: 'lease.isExhausted = true',
    caughtBy: 'interleavings',
  },
  {
    what: 'the bank grants more to hold and debits none of it',
    file: 'lease-script.ts',
    from: "redis.call('HINCRBY', KEYS[i], 'used', debit + extra)",
    to: "redis.call('HINCRBY', KEYS[i], 'used', debit)",
    caughtBy: 'leased-limits',
  },
];
