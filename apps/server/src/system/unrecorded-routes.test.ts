import { controlContract } from '@keyward/control/contract';
import type { Route } from '@keyward/guard';
import { metadataContract } from '@keyward/metadata/contract';
import { meterrContract } from '@keyward/meterr/contract';
import { expect, test } from 'vitest';
import { systemContract } from './contract.ts';

const contracts: readonly Readonly<Record<string, Route>>[] = [
  systemContract,
  controlContract,
  metadataContract,
  meterrContract,
];
/** What SPEC names, and nothing else. */
const mayBeUnrecorded = ['/healthz', '/readyz', '/metrics'];

test('A1: only health and metrics are no rows of the log, and each says why', () => {
  const unrecorded = contracts.flatMap((contract) =>
    Object.values(contract).filter((route) => 'unrecorded' in route.audit),
  );
  const paths = unrecorded.map((route) => route.path);
  expect(paths).toEqual(expect.arrayContaining(['/healthz', '/readyz']));
  expect(paths.filter((path) => !mayBeUnrecorded.includes(path) && !path.startsWith('/dashboard'))).toEqual(
    [],
  );
  for (const { audit } of unrecorded) expect('unrecorded' in audit && audit.unrecorded).toMatch(/\w{3}/);
});
