/** Asks again while the node has no time for the request (503), as it tells its clients to: on a busy machine it may not. */
export async function untilNotBusy(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    await answer.arrayBuffer();
  }
}
