import { bytes, type Reply, refuse } from '@keyward/guard';
import { noAnswer } from './answer-meter.ts';
import { AnswerStream } from './answer-stream.ts';
import type { CallLife } from './call-life.ts';
import type { Dialect } from './dialects/dialect.ts';
import { answerHeaders } from './forwarded-headers.ts';
import { isEventStream, meteredPassage, type Passage } from './pass-bytes.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';
import type { Recording } from './usage-recorder.ts';

export interface PassedCall {
  /** Undefined: it costs nothing. */
  readonly metering: { readonly dialect: Dialect; readonly recording: Recording } | undefined;
  /** Its stream ends with an event that we asked for. */
  readonly wasAskedForUsage: boolean;
  readonly method: string;
  readonly life: CallLife;
}

/** Answers up to here are passed on in one piece. */
const wholeBytesMax = 128 * 1024;

const strange = refuse('provider_unavailable', { detail: "The provider's answer has no valid status." });

/**
 * The provider's answer as ours: status and bytes as they come, without the event that we asked for. What it used is
 * booked before its end is passed on, so that whoever has the answer finds it in the account.
 */
export async function passAnswer(answer: UpstreamAnswer, call: PassedCall): Promise<Reply> {
  const { metering, life } = call;
  const { status } = answer;
  const isEvents = isEventStream(answer);
  const strips = call.wasAskedForUsage && isEvents;
  const passage = metering && meteredPassage(answer, metering.dialect, strips);
  const finish = async (): Promise<void> => {
    life.over();
    await metering?.recording.end((await passage?.metered()) ?? noAnswer);
  };
  if (status < 200 || status > 599) {
    answer.destroy();
    await finish();
    return strange;
  }
  const headers = answerHeaders(answer.headers);
  if (hasNoBody(call.method, status)) {
    answer.listen(nobody);
    await finish();
    return bytes(status, null, headers);
  }
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  if (!isEvents && length <= wholeBytesMax) return whole(answer, { status, headers, passage, finish });
  if (Number.isSafeInteger(length) && !strips) headers['content-length'] = String(length);
  const { callerHasGone } = life;
  return bytes(status, new AnswerStream(answer, { passage, finish, callerHasGone }), headers);
}

/** RFC 9110, 6.4.1. */
function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304;
}

interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly passage: Passage | undefined;
  readonly finish: () => Promise<void>;
}

const nobody = { data() {}, end() {}, broken() {} };

function whole(answer: UpstreamAnswer, { status, headers, passage, finish }: WholeAnswer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const end = (isBroken: boolean) => {
      passage?.end();
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      // A provider that breaks off within its announced length: so do we, instead of passing half an answer for a whole.
      const reply = bytes(status, isBroken ? brokenOff(body) : body, headers);
      finish().then(() => resolve(reply), reject);
    };
    answer.listen({
      data(chunk) {
        chunks.push(chunk);
        passage?.take(chunk);
      },
      end: () => end(false),
      broken: () => end(true),
    });
  });
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
