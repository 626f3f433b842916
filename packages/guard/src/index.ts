export { isRole, type Role, roleSuffices, roles } from './access/roles.ts';
export { createClientAddress } from './addresses/client-address.ts';
export {
  type Journal,
  JournalInUseError,
  JournalUnavailableError,
  openJournal,
  type Shipper,
  shipOnce,
  startShipper,
} from './audit/index.ts';
export { type Actor, recordChange } from './audit/record-change.ts';
export {
  type AuditFilter,
  type AuditRow,
  auditFilterSchema,
  eachAuditRow,
  searchAudit,
} from './audit/search.ts';
export { type Caller, type Environment, type KeyCaller, nobody } from './caller.ts';
export { type Clock, systemClock } from './clock.ts';
export { cursorSchema, page, writeCursor } from './cursor.ts';
export { displayName } from './display-name.ts';
export { SealedValueError, seal, unseal } from './encryption/envelope.ts';
export { type Keyring, openKeyring, WrongRootSecretError } from './encryption/keyring.ts';
export { type RootKey, rootKeyFrom, secretWeakness } from './encryption/root-secret.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export type { Peer } from './exchange.ts';
export { createGuard, type Guard, type GuardOptions } from './guard.ts';
export { type Cors, createCors } from './headers/cors.ts';
export { securityHeaders, withSecurityHeaders } from './headers/security-headers.ts';
export { uuidv7 } from './ids.ts';
export { guardJobs } from './jobs/guard-jobs.ts';
export type { Job } from './jobs/job.ts';
export { type Jobs, startJobs } from './jobs/start-jobs.ts';
export {
  type CreatedKey,
  type CreateKeyDeps,
  createKey,
  type NewKey,
  newKeySchema,
} from './keys/create-key.ts';
export { createKeyCache } from './keys/key-cache.ts';
export { followKeyChanges } from './keys/key-changes.ts';
export { type KeyUses, keyUses } from './keys/key-uses.ts';
export type { ScopeCatalogue } from './keys/key-settings.ts';
export { trackLastUsed } from './keys/last-used.ts';
export { type KeyCount, keyCounts } from './keys/key-counts.ts';
export { type KeyStatus, keyStatus, keyStatuses, rotationDueAt } from './keys/key-state.ts';
export { type KeySummary, listKeys, showKey } from './keys/list-keys.ts';
export { ownKeys } from './keys/own-keys.ts';
export { revokeKey } from './keys/revoke-key.ts';
export { keyLookup } from './keys/stored-key.ts';
export { unusedScopes } from './keys/unused-scopes.ts';
export { type KeyChangesWanted, keyChangesSchema, updateKey } from './keys/update-key.ts';
export { defaultWindows } from './keys/verified-key.ts';
export { createKeyVerifier, type KeyVerifier } from './keys/verify-key.ts';
export { type LimitStore, LimitStoreUnavailableError } from './limits/limit-store.ts';
export { memoryLimits } from './limits/memory-limits.ts';
export { formatLimit, parseLimit } from './limits/parse-limit.ts';
export { redisLimits, redisLimitsConnection } from './limits/redis-limits.ts';
export { maskEmail, maskKey, maskSecretsIn, maskUserId } from './masks.ts';
export { holdNodePlace, LimitsNotSharedError } from './nodes/node-place.ts';
export type { DeliveryOptions } from './notify/delivery.ts';
export { outboxStatus } from './notify/outbox-status.ts';
export { queueNotification } from './notify/queue-notification.ts';
export { describeApi, jsonSchema } from './openapi/describe-api.ts';
export { createUser, findUser, listUsers, type NewUser, newUserSchema, type User } from './people/user.ts';
export {
  type BytesAnswer,
  bytes,
  type FieldError,
  isProblem,
  type JsonAnswer,
  json,
  type Problem,
  type Reply,
  refuse,
} from './reply.ts';
export {
  type Access,
  batchBodyBytesMax,
  defineRoute,
  type Handler,
  type JsonBody,
  jsonBody,
  type Method,
  type RequestContext,
  type Route,
  type StreamBody,
  type StreamInput,
  streamBody,
  type Window,
} from './route.ts';
export type { MountedRoute, Router } from './router.ts';
export { type AnyService, type Contract, defineService, type Handlers, type Service } from './service.ts';
export { siblingModule } from './sibling-module.ts';
export { snakeCase } from './snake-case.ts';
export { readStoredJson } from './validation/read-stored-json.ts';
