import { parseArgs } from 'node:util';
import { measureMedia } from './measure-media.ts';

// node bench/src/media/main.ts [--rounds N]: P12's figures of media, as JSON.

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
process.stdout.write(`${JSON.stringify(await measureMedia({ rounds: Number(values.rounds) }), null, 2)}\n`);
