import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'services/*/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'test/src/**/*.test.ts',
    ],
    globalSetup: ['test/src/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Many tests wait for processes of their own more than they work.
    maxWorkers: 3,
  },
});
