import { fromDebianPackages } from './debian-packages.ts';
import { type Candidate, onPath, type Program, tryProgram } from './program.ts';

const majorMin = 7;
const names = ['redis-server', 'valkey-server'];

/** The first Redis or Valkey that is new enough: of the system, of Debian. npm has none. Throws with every reason. */
export async function findRedis(): Promise<Program> {
  const reasons: string[] = ['none of another kind: no npm package carries a Redis'];
  for (const name of names) {
    for (const look of [() => onPath(name), () => unpacked(name)]) {
      try {
        const [candidate] = await look();
        if (candidate !== undefined) return await tryProgram(candidate, name, majorMin);
        reasons.push(`${name}: not found`);
      } catch (error) {
        reasons.push(`${name}: ${String(error)}`);
      }
    }
  }
  throw new Error(
    `no Redis ${majorMin} or newer to test with (install redis-server or set TEST_REDIS_URL): ${reasons.join('; ')}`,
  );
}

async function unpacked(name: string): Promise<Candidate[]> {
  const found = await fromDebianPackages(`^${name}$`, 'usr/bin');
  return found === undefined ? [] : [found];
}
