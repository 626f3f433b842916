export { type FakeClock, fakeClock } from './fake-clock.ts';
export { portToReturnTo } from './port-to-return-to.ts';
export { silentLog } from './silent-log.ts';
export { copyTemplate } from './template-database.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { createTestGuard, type TestGuard } from './test-guard.ts';
export { testKeyring } from './test-keyring.ts';
