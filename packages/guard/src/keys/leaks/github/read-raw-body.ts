import { type Problem, refuse } from '../../../reply.ts';
import { BodyTooLargeError } from '../../../validation/read-body.ts';

/** The bytes of a streamed body, whose length is limited by its route (413). */
export async function readRawBody(stream: ReadableStream<Uint8Array>): Promise<Uint8Array | Problem> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of stream) pieces.push(piece);
  } catch (error) {
    if (error instanceof BodyTooLargeError) return error.problem;
    return refuse('malformed_request', { detail: 'The body ended before it was complete.' });
  }
  return Buffer.concat(pieces);
}
