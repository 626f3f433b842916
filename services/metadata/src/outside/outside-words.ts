import { asData } from '@keyward/guard';
import type { OutsideServiceName, OutsideServiceRow } from './outside-services-table.ts';

const services: Readonly<Record<OutsideServiceName, { title: string; setting: string; waits: string }>> = {
  pinata: { title: 'Pinata', setting: 'PINATA_JWT', waits: 'pins' },
  'pinning-service': { title: 'The pinning service', setting: 'PINNING_SERVICE_TOKEN', waits: 'pins' },
  s3: { title: 'The S3 store', setting: 'the keys of S3_URL', waits: 'copies of media' },
  imagekit: { title: 'ImageKit', setting: 'IMAGEKIT_PRIVATE_KEY', waits: 'copies of media' },
};

export interface Words {
  readonly subject: string;
  readonly text: string;
}

/** What operators are told of a service's state, and what they can do. */
export function outsideWords({ name, state, since, refusedCall, detail }: OutsideServiceRow): Words {
  const { title, setting, waits } = services[name];
  const said = detail ? `\nIt said: ${asData(detail)}` : '';
  const at = since.toISOString();
  if (state === 'ok')
    return { subject: `${title} answers again`, text: `Since ${at}. What waited goes on by itself.` };
  if (state === 'away')
    return {
      subject: `${title} does not answer`,
      text: `Since ${at}. All ${waits} wait, are tried again, and go on by themselves.${said}`,
    };
  const what = refusedCall === 'write' ? 'to write' : 'at all';
  return {
    subject: `${title} refuses the credentials of this installation`,
    text:
      `Since ${at} it does not let us in ${what}. All ${waits} wait, and nothing is lost. Set ${setting} right and start the ` +
      `nodes again, or mend the key there; it is tried every five minutes.${said}`,
  };
}
