const noUsage = 'usage":null';

/**
 * Whether the event of a stream may tell its usage. Streams that tell it at the end say `"usage":null` until then, in each
 * chunk: to parse those took longer than all else that is done for them.
 */
export function tellsUsage(event: string): boolean {
  const at = event.indexOf('usage');
  return at >= 0 && (!event.startsWith(noUsage, at) || event.includes('usage', at + noUsage.length));
}
