import { parentPort, workerData } from 'node:worker_threads';
import { AnchorLoop, type AnchorLoopOptions } from '../anchors/anchor-loop.ts';
import { SequenceLoop, type SequenceLoopOptions } from './sequence-loop.ts';

export interface SequencerWorkerData {
  readonly sequence: Omit<SequenceLoopOptions, 'onRound' | 'onError'>;
  readonly anchors: readonly Omit<AnchorLoopOptions, 'onError'>[];
}

export type FromSequencerWorker =
  | { readonly kind: 'round'; readonly rows: number; readonly signed: number | undefined }
  | { readonly kind: 'error'; readonly of: 'sequencer' | 'anchor'; readonly message: string };

function send(message: FromSequencerWorker): void {
  parentPort?.postMessage(message);
}

const { sequence, anchors } = workerData as SequencerWorkerData;
const sequencer = new SequenceLoop({
  ...sequence,
  onRound: ({ rows, signed }) => send({ kind: 'round', rows, signed }),
  onError: ({ message }) => send({ kind: 'error', of: 'sequencer', message }),
});
const loops = anchors.map(
  (options) =>
    new AnchorLoop({ ...options, onError: ({ message }) => send({ kind: 'error', of: 'anchor', message }) }),
);

parentPort?.on('message', async () => {
  await sequencer.stop();
  // The last checkpoint too is brought outside.
  await Promise.all(loops.map((loop) => loop.stop()));
  parentPort?.close();
});
