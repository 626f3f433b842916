import { type Problem, type Reply, refuse } from '@keyward/guard';

/** The protocol spoken here: tus 1.0.0, core with creation, expiration, checksum and termination. */
export const tusVersion = '1.0.0';
export const chunkType = 'application/offset+octet-stream';

const spoken = { 'tus-resumable': tusVersion };

/** Refuses another version of the protocol with 412, as it demands. */
export function wrongVersion(version: string | undefined): Problem | undefined {
  if (version === tusVersion) return undefined;
  return refuse('precondition_failed', {
    detail: `Send Tus-Resumable: ${tusVersion}.`,
    headers: { ...spoken, 'tus-version': tusVersion },
  });
}

/** Every answer names the version. */
export function spokenIn(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, ...spoken } };
}

export function expiryHeader(expiresAt: Date): { 'upload-expires': string } {
  return { 'upload-expires': expiresAt.toUTCString() };
}
