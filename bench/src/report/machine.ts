import { cpus, release, totalmem, type } from 'node:os';

/** The machine in a line: ratios travel, absolute figures stay on it. */
export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.versions.node}`;
}
