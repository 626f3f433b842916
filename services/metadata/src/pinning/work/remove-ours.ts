import type { PinProvider } from '../providers/pin-provider.ts';

/** Takes a pin away if this product made it. An account may hold the same content for somebody else. */
export async function removeOurs(provider: PinProvider, id: string, signal: AbortSignal): Promise<void> {
  const found = await provider.status(id, signal);
  if (found?.isOurs) await provider.remove(id, signal);
}
