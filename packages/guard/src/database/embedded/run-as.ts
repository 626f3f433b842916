import { readFileSync, type Stats } from 'node:fs';

/** Whom PostgreSQL runs as. It refuses to run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

const unprivilegedUsers = ['postgres', '_postgres', 'nobody'];
const nobody: RunAs = { uid: 65534, gid: 65534 };

/**
 * The unprivileged user to become when we are root; undefined when we are not. A data folder that belongs to somebody
 * else than root keeps its owner, so that a tool run with sudo leaves nothing behind that the node cannot read.
 */
export function chooseRunAs(folder: Stats): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (folder.uid !== 0) return { uid: folder.uid, gid: folder.gid };
  const accounts = readAccounts();
  for (const name of unprivilegedUsers) {
    const account = accounts.get(name);
    if (account !== undefined) return account;
  }
  return nobody;
}

/** Becomes that user, for good. */
export function dropPrivileges(runAs: RunAs): void {
  process.setgroups?.([runAs.gid]);
  process.setgid?.(runAs.gid);
  process.setuid?.(runAs.uid);
}

function readAccounts(): Map<string, RunAs> {
  const accounts = new Map<string, RunAs>();
  for (const line of readPasswd().split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (!name || !uid || !gid) continue;
    // macOS writes nobody as -2, which is 4294967294 to the system calls.
    accounts.set(name, { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 });
  }
  return accounts;
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
