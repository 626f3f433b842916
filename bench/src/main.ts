import { moveToCore } from './cores.ts';
import { measureHttp } from './http/measure-http.ts';
moveToCore(1);
const r = await measureHttp({ rounds: Number(process.argv[2] ?? 1), seconds: Number(process.argv[3] ?? 2), connections: 64, nodeOptions: process.argv.slice(4), log: (l) => void process.stdout.write(l + '\n') });
process.stdout.write(JSON.stringify(r, null, 1).slice(0, 3000));
