import type { StoreUsage } from './media-store.ts';

const freeBytesMin = 1024 * 1024 * 1024;
const freeShareMin = 0.05;

/** Whether uploads may go on (U1): at least 1 GiB and 5 % of the disk are free. */
export function hasRoom({ freeBytes, totalBytes }: StoreUsage): boolean {
  return freeBytes >= freeBytesMin && freeBytes >= totalBytes * freeShareMin;
}
