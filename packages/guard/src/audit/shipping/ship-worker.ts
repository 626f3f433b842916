import { parentPort, workerData } from 'node:worker_threads';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { ShipLoop, type ShipLoopOptions, type ShipProgress } from './ship-loop.ts';

export type ShipWorkerData = Omit<ShipLoopOptions, 'onProgress' | 'onFinding' | 'onError'>;

export type ToShipWorker = { readonly kind: 'drain'; readonly id: number } | { readonly kind: 'stop' };

export type FromShipWorker =
  | { readonly kind: 'progress'; readonly progress: ShipProgress }
  | { readonly kind: 'finding'; readonly finding: JournalFinding }
  | { readonly kind: 'error'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'drained'; readonly id: number };

function send(message: FromShipWorker): void {
  parentPort?.postMessage(message);
}

const loop = new ShipLoop({
  ...(workerData as ShipWorkerData),
  onProgress: (progress) => send({ kind: 'progress', progress }),
  onFinding: (finding) => send({ kind: 'finding', finding }),
  onError: (error) =>
    send({ kind: 'error', message: error.message, code: (error as { code?: string }).code }),
});

parentPort?.on('message', async (message: ToShipWorker) => {
  if (message.kind === 'drain') {
    await loop.drain();
    send({ kind: 'drained', id: message.id });
  } else {
    await loop.stop();
    parentPort?.close();
  }
});
