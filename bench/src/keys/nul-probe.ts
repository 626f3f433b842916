import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { orderPath } from '../http/order.ts';

/**
 * Sends requests with a NUL in the key, which no client can be made to send, over sockets of their own.
 * Gives how many; rejects unless every one of them gets 400.
 */
export async function probeWithNul(url: string, count: number): Promise<number> {
  for (let sent = 0; sent < count; sent += 1) {
    const answer = await send(url, `sk-shop_live_\0${'a'.repeat(31)}`);
    if (!answer.startsWith('HTTP/1.1 400 '))
      throw new Error(`a NUL was answered with ${answer.slice(0, 40)}`);
  }
  return count;
}

async function send(url: string, key: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `POST ${orderPath} HTTP/1.1\r\nhost: ${hostname}\r\nx-api-key: ${key}\r\ncontent-length: 0\r\n\r\n`,
  );
  return text(socket);
}
