import { S3ServiceException } from '@aws-sdk/client-s3';
import { retryAfterMs, systemClock } from '@keyward/guard';
import { StoreAway, type StoreFault } from '../replica.ts';

/** Does it; what goes wrong is told by its code, and with the store's own wish for how long to wait. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw new StoreAway(messageOf(error));
    const status = error.$metadata.httpStatusCode;
    const header = (error.$response?.headers as Record<string, string> | undefined)?.['retry-after'];
    throw new StoreAway(
      `the store answered ${status ?? 'nothing'} ${error.name}`,
      retryAfterMs(header, systemClock.now()),
      faultOf(status, error.name),
    );
  }
}

/** Credentials of a role that have run out are a 400. */
function faultOf(status: number | undefined, name: string): StoreFault {
  const isRefusal = status === 401 || status === 403 || name === 'ExpiredToken' || name === 'InvalidToken';
  return isRefusal ? 'credentials' : 'service';
}

/** What went wrong on the way, without addresses. */
export function messageOf(error: unknown): string {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  if (name === 'TimeoutError') return 'the store did not answer in time';
  return typeof code === 'string' ? code : String(message ?? error);
}
