export { startPgbouncer, type TestPgbouncer } from './start-pgbouncer.ts';
export { startPostgres, type TestPostgres } from './start-postgres.ts';
export { startRedis, type TestRedis } from './start-redis.ts';
export { startRedisCluster, type TestRedisCluster } from './start-redis-cluster.ts';
