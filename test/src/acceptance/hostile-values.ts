/** What strangers put into path, query and headers: numbers, times, ids and texts at and beyond every edge. */
export const hostileValues: readonly string[] = [
  ...['', '0', '-1', '1e309', '99999999999999999999', 'NaN', 'null', 'true'],
  ...['0000-01-01', '9999-12-31', '2026-02-30', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
  ...[
    '-000001-01-01T00:00:00Z',
    '275760-09-13T00:00:00Z',
    '2026-01-01T00:00:00+23:59',
    'day',
    'Europe/Berlin',
    'posix/UTC',
  ],
  ...["' OR 1=1--", '%', '_', '\\', '*', '"x"', '\0', '\u202e', '😀', 'a'.repeat(5000)],
  ...['../../etc', '__proto__', 'constructor', 'W10=', 'bytes=0-'],
  ...['1.2.3.4', '::1', 'fe80::1%eth0', `0x${'f'.repeat(64)}`, 'f'.repeat(64), '9'.repeat(78)],
  // A cursor of our own form with a time that no row has.
  Buffer.from('{"at":"0000-01-01T00:00:00Z","id":"a"}').toString('base64url'),
];

const usage = { provider: 'openai', model: 'gpt-4', input_tokens: 1 };

/** Bodies that are no JSON, no object, or an object with something wrong in it. */
export const hostileBodies: readonly string[] = [
  ...['', '{}', '[]', 'null', '1', '"x"', '{"a":', '{"__proto__":{"a":1}}', '['.repeat(40) + ']'.repeat(40)],
  ...[
    {
      name: 'x',
      attributes: [null, 1, {}],
      creators: [{ share: 1e30 }],
      localization: { uri: 1 },
      properties: [[[]]],
    },
    {
      events: [
        {},
        null,
        {
          ...usage,
          input_tokens: 2 ** 53 - 1,
          output_tokens: 2 ** 53 - 1,
          timestamp: '0001-01-01T00:00:00Z',
        },
      ],
    },
    {
      events: [
        { ...usage, usage: { prompt_tokens: -1 } },
        { ...usage, model: '\0' },
      ],
    },
    { model: 'gpt-4', text: '\ud800' },
    { model: 'x'.repeat(100), text: 'a', metadata: { '': '', a: '\u0001' } },
    { ...usage, reported_cost: '1e400' },
    { ...usage, reported_cost: `0.${'1'.repeat(60)}` },
    { ...usage, tags: { a: '\u0001' }, timestamp: '9999-12-31T23:59:59Z' },
    { email: 'x@y.zz', name: '\u202ex' },
  ].map((body) => JSON.stringify(body)),
];
