import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { bytes, type Reply } from '@keyward/guard';
import { type AnswerMeter, bodyMeter, eventMeter } from './answer-meter.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { Leaving, OutgoingRequest } from './forward-call.ts';
import { answerHeaders } from './forwarded-headers.ts';
import { EventStripper } from './strip-usage-events.ts';
import type { Recording } from './usage-recorder.ts';

export interface PassedCall {
  /** Undefined: it costs nothing. */
  readonly metering: { readonly dialect: Dialect; readonly recording: Recording } | undefined;
  readonly read: OutgoingRequest;
  readonly leaving: Leaving;
}

/** Answers up to here are passed on in one piece. */
const wholeBytesMax = 1024 * 1024;

/**
 * The provider's answer as ours: status and bytes as they come, without the event that we asked for. What it used is
 * booked before its end is passed on, so that whoever has the answer finds it in the account.
 */
export async function passAnswer(answer: IncomingMessage, call: PassedCall): Promise<Reply> {
  const status = answer.statusCode ?? 502;
  const headers = answerHeaders(answer.headers);
  const isEvents = /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '');
  const meter = call.metering && meterOf(answer, call.metering.dialect, isEvents);
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  const finish = async () => {
    call.leaving.stop();
    if (meter !== undefined) await call.metering?.recording.end(await meter.end());
  };
  if (status === 204 || status === 304) {
    answer.resume();
    await finish();
    return bytes(status, null, headers);
  }
  if (!isEvents && length <= wholeBytesMax) return whole(answer, status, headers, meter, finish);
  const stripper = call.read.wasAskedForUsage && isEvents ? stripperOf(call) : undefined;
  if (Number.isSafeInteger(length) && stripper === undefined) headers['content-length'] = String(length);
  return bytes(status, streamOf(answer, meter, stripper, call, finish), headers);
}

/** A meter that reads what may be compressed. */
interface Meter {
  take(chunk: Uint8Array): void;
  end(): ReturnType<AnswerMeter['end']> | Promise<ReturnType<AnswerMeter['end']>>;
}

function meterOf(answer: IncomingMessage, dialect: Dialect, isEvents: boolean): Meter {
  const meter = isEvents ? eventMeter(dialect) : bodyMeter(dialect);
  const decompress = decompressors[answer.headers['content-encoding']?.trim().toLowerCase() ?? '']?.();
  return decompress === undefined ? meter : decompressed(meter, decompress);
}

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

function decompressed(meter: AnswerMeter, decompress: Transform): Meter {
  const done = new Promise<void>((resolve) => {
    decompress.once('end', resolve);
    // What broke off ends here; what was read of it counts.
    decompress.once('error', () => resolve());
  });
  decompress.on('data', (chunk: Buffer) => meter.take(chunk));
  return {
    take: (chunk) => void decompress.write(chunk),
    async end() {
      decompress.end();
      await done;
      return meter.end();
    },
  };
}

function stripperOf({ metering }: PassedCall): EventStripper | undefined {
  const isUsageOnly = metering?.dialect.isUsageOnly;
  return isUsageOnly && new EventStripper(isUsageOnly);
}

async function whole(
  answer: IncomingMessage,
  status: number,
  headers: Readonly<Record<string, string>>,
  meter: Meter | undefined,
  finish: () => Promise<void>,
): Promise<Reply> {
  const chunks: Buffer[] = [];
  let isBroken = false;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      meter?.take(chunk);
    }
  } catch {
    isBroken = true;
  }
  await finish();
  const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  // A provider that breaks off within its announced length: so do we, instead of passing half an answer for a whole.
  return bytes(status, isBroken ? brokenOff(body) : body, headers);
}

function brokenOff(body: Buffer): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream({
    pull(controller) {
      if (isFirst && body.length > 0) controller.enqueue(body);
      else controller.error(new Error('the provider broke off'));
      isFirst = false;
    },
  });
}

function streamOf(
  answer: IncomingMessage,
  meter: Meter | undefined,
  stripper: EventStripper | undefined,
  call: PassedCall,
  finish: () => Promise<void>,
): ReadableStream<Uint8Array> {
  let hasCallerGone = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const pass = (chunk: Uint8Array) => {
          if (hasCallerGone || chunk.byteLength === 0) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) answer.pause();
        };
        answer.on('data', (chunk: Buffer) => {
          meter?.take(chunk);
          pass(stripper === undefined ? chunk : stripper.take(chunk));
        });
        answer.once('end', async () => {
          if (stripper !== undefined) pass(stripper.end());
          await finish();
          if (!hasCallerGone) controller.close();
        });
        answer.once('error', async (error) => {
          await finish();
          if (!hasCallerGone) controller.error(error);
        });
      },
      pull: () => void answer.resume(),
      cancel() {
        hasCallerGone = true;
        call.leaving.callerHasGone();
        // The rest is read for what it says of its cost.
        if (meter === undefined) answer.destroy();
        else answer.resume();
      },
    },
    { highWaterMark: 16 },
  );
}
