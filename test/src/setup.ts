import type {} from '@keyward/guard/testing';
import type { TestProject } from 'vitest/node';

/** Brings up what the suite needs before the first test, and takes it down after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('postgresUrl', process.env.TEST_POSTGRES_URL ?? '');
  project.provide('redisUrl', process.env.TEST_REDIS_URL ?? '');
  return async () => {};
}
