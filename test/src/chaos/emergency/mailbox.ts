import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface Mailbox extends AsyncDisposable {
  readonly url: string;
  /** The mails by recipient, as they were sent. */
  readonly mails: ReadonlyMap<string, readonly string[]>;
  readonly count: () => number;
}

/** A mail server that keeps what it gets. */
export async function openMailbox(): Promise<Mailbox> {
  const mails = new Map<string, string[]>();
  let count = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    async onData(stream, session, callback) {
      const mail = await text(stream);
      for (const { address } of session.envelope.rcptTo) {
        mails.set(address, [...(mails.get(address) ?? []), mail]);
        count += 1;
      }
      callback();
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    count: () => count,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The claim's token in a mail: what follows # in its link. Undoes the soft line breaks of quoted-printable. */
export function claimTokenIn(mail: string): string {
  const token = /#(kwc_[A-Za-z0-9_-]+)/.exec(mail.replace(/=\r\n/g, ''))?.[1];
  if (token === undefined) throw new Error(`no link in the mail:\n${mail}`);
  return token;
}
