import { connect } from 'node:net';
import { join } from 'node:path';

/** SSLRequest of the PostgreSQL protocol: length 8, code 80877103. A live server answers with one letter, before any login. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const answerMsMax = 5_000;

/** Whether a PostgreSQL answers on the socket in this folder. */
export function pingServer(runFolder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(runFolder, '.s.PGSQL.5432'));
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(answerMsMax, () => settle(false));
    socket.once('connect', () => socket.write(sslRequest));
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
