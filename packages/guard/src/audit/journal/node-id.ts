import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

const fileName = 'node-id';

/** The id of the journal in this folder: 32 hexadecimal digits. Undefined when there is no journal. */
export async function readNodeId(folder: string): Promise<string | undefined> {
  try {
    const nodeId = (await readFile(join(folder, fileName), 'latin1')).trim();
    if (!/^[0-9a-f]{32}$/.test(nodeId)) throw new Error(`${join(folder, fileName)} does not hold a node id`);
    return nodeId;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The same, made if it is missing. It lives and dies with the folder: a configured name could be given to two nodes,
 * and then one's position would hide the other's entries.
 */
export async function ensureNodeId(folder: string): Promise<string> {
  const known = await readNodeId(folder);
  if (known !== undefined) return known;
  const nodeId = randomBytes(16).toString('hex');
  const path = join(folder, fileName);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${nodeId}\n`, 'latin1');
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  return nodeId;
}
