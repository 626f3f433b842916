export { isRole, type Role, roleSuffices, roles } from './access/roles.ts';
export { createClientAddress } from './addresses/client-address.ts';
export { parseRange, rangeComplaint } from './addresses/range.ts';
export type { OldMonth } from './audit/archives/archivable-months.ts';
export type { ArchiveDeps } from './audit/archives/archive-deps.ts';
export { ArchiveBlocked, ArchiveFault } from './audit/archives/archive-errors.ts';
export { archiveLeaves } from './audit/archives/archive-leaves.ts';
export {
  type ArchiveReport,
  archivableMonths,
  archiveMonths,
  onlineDaysMin,
} from './audit/archives/archive-months.ts';
export { monthPattern } from './audit/archives/month.ts';
export { giveUpNode, noteNodeAtRest, noteNodeAtWork, noteShipped } from './audit/archives/node-rest.ts';
export { openArchivePlace } from './audit/archives/places/open-place.ts';
export { type ArchivedEntry, type ArchiveReading, readArchive } from './audit/archives/read-archive.ts';
export { type ArchiveSearch, eachArchivedRow } from './audit/archives/search-archives.ts';
export type { AuditRow } from './audit/audit-row.ts';
export { erasePerson } from './audit/erasure/erase-person.ts';
export { exportPerson, type HeldRecord } from './audit/erasure/export-person.ts';
export {
  type AdoptedJournal,
  adoptJournal,
  inspectJournal,
  type Journal,
  type JournalInspection,
  JournalInUseError,
  JournalUnavailableError,
  NoJournalError,
  openJournal,
  type Shipper,
  shipOnce,
  startShipper,
} from './audit/index.ts';
export { type Actor, recordChange } from './audit/record-change.ts';
export { type ArchivedRows, archivedRows } from './audit/search/archived-rows.ts';
export { type AuditFilter, auditFilterSchema } from './audit/search/audit-filter.ts';
export type { AuditCursor } from './audit/search/conditions.ts';
export { eachAuditRow, searchAudit } from './audit/search/each-audit-row.ts';
export {
  type ExportFormat,
  exportAudit,
  exportContentTypes,
  exportFormats,
} from './audit/search/export-audit.ts';
export { type AuditPage, type AuditSearch, searchAuditPage } from './audit/search/search-audit.ts';
export { type AnchorTarget, parseAnchor } from './audit/tree/anchors/anchor-place.ts';
export { readCheckpoints } from './audit/tree/anchors/read-checkpoints.ts';
export { checkpointKeys } from './audit/tree/notes/checkpoint-keys.ts';
export { NoteKeyError, type NoteVerifier, noteSigner, parseNoteKey } from './audit/tree/notes/note-key.ts';
export {
  auditReceipt,
  newestCheckpoint,
  type ReceiptResult,
  type ReceiptViewer,
} from './audit/tree/receipts/audit-receipt.ts';
export type { Receipt } from './audit/tree/receipts/receipt.ts';
export { type Sequencer, startSequencer } from './audit/tree/sequencer/sequencer.ts';
export { findingInWords, type TreeFinding } from './audit/tree/verify/findings.ts';
export type { ArchivedLeaf, LeafSource } from './audit/tree/verify/leaf-source.ts';
export {
  type AuditVerification,
  type VerifyAuditOptions,
  verifyAudit,
} from './audit/tree/verify/verify-audit.ts';
export { addBlock, blocksMax, type NewBlock, newBlockSchema } from './blocks/add-block.ts';
export type { Block, BlockDeps } from './blocks/block.ts';
export type { Blocks } from './blocks/block-refusal.ts';
export { type BlockTable, createBlockTable } from './blocks/block-table.ts';
export { type FollowedBlocks, followBlocks } from './blocks/follow-blocks.ts';
export { listBlocks } from './blocks/list-blocks.ts';
export { removeBlock } from './blocks/remove-block.ts';
export { type Caller, type Environment, type KeyCaller, nobody } from './caller.ts';
export { type Clock, systemClock } from './clock.ts';
export { csvLine } from './csv-line.ts';
export { cursorSchema, page, writeCursor } from './cursor.ts';
export { displayName } from './display-name.ts';
export { SealedValueError, seal, unseal } from './encryption/envelope.ts';
export { hmacSha256 } from './encryption/hmac.ts';
export {
  generateKey,
  type Keyring,
  type KeyringKey,
  keyringOf,
  openKeyring,
  WrongRootSecretError,
} from './encryption/keyring.ts';
export { type RootKey, rootKeyFrom, secretWeakness } from './encryption/root-secret.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export type { Peer } from './exchange.ts';
export { createGuard, type Guard, type GuardOptions } from './guard.ts';
export { type Cors, createCors } from './headers/cors.ts';
export { securityHeaders, withSecurityHeaders } from './headers/security-headers.ts';
export { uuidv7 } from './ids.ts';
export { guardJobs } from './jobs/guard-jobs.ts';
export type { Job, JobContext } from './jobs/job.ts';
export { migrateJobs } from './jobs/migrate-jobs.ts';
export { type Jobs, startJobs } from './jobs/start-jobs.ts';
export { type BcryptKeys, bcryptKeys } from './keys/bcrypt/bcrypt-keys.ts';
export { type ClaimDeps, claimKey } from './keys/claims/claim-key.ts';
export { claimLink, claimToken } from './keys/claims/claim-token.ts';
export { fillClaimLinks } from './keys/claims/fill-claim-links.ts';
export { type ClaimedKey, listClaim } from './keys/claims/list-claim.ts';
export { type OpenClaim, openClaims } from './keys/claims/open-claims.ts';
export { renewClaim } from './keys/claims/renew-claim.ts';
export {
  type CreatedKey,
  type CreateKeyDeps,
  createKey,
  type NewKey,
  newKeySchema,
} from './keys/create-key.ts';
export { claimLinks, type OwnerClaimLink } from './keys/emergency/claim-links.ts';
export { continueEmergencyRotation } from './keys/emergency/continue-emergency-rotation.ts';
export {
  type EmergencySelection,
  type EmergencyWish,
  emergencyWishSchema,
} from './keys/emergency/emergency-selection.ts';
export { type EmergencyRotation, emergencyRotationStatus } from './keys/emergency/emergency-status.ts';
export {
  type EmergencyPreview,
  previewEmergencyRotation,
} from './keys/emergency/preview-emergency-rotation.ts';
export { eachRotatedKey, type RotatedKey, rotatedKeys } from './keys/emergency/rotated-keys.ts';
export { type EmergencyStart, startEmergencyRotation } from './keys/emergency/start-emergency-rotation.ts';
export { type HashNewKeyDeps, hashNewKey, type KeyHash, keyHashes } from './keys/hash-new-key.ts';
export {
  type ImportKeysDeps,
  importKeys,
  type NewImport,
  newImportSchema,
} from './keys/imports/import-keys.ts';
export { importLineSchema } from './keys/imports/import-line.ts';
export type { ImportReport } from './keys/imports/import-report.ts';
export { type ImportedKeys, importedKeys } from './keys/imports/imported-keys.ts';
export { readJsonLines } from './keys/imports/json-lines.ts';
export { type KeyCount, keyCounts } from './keys/key-counts.ts';
export type { KeyFinder } from './keys/key-finder.ts';
export type { ScopeCatalogue } from './keys/key-settings.ts';
export { type KeyStatus, keyStatus, keyStatuses, rotationDueAt } from './keys/key-state.ts';
export { type KeyUses, keyUses } from './keys/key-uses.ts';
export { trackLastUsed } from './keys/last-used.ts';
export { findPresented } from './keys/leaks/find-presented.ts';
export { createGithubKeys, type GithubKeys } from './keys/leaks/github/github-keys.ts';
export { readRawBody } from './keys/leaks/github/read-raw-body.ts';
export {
  type GithubFeedback,
  githubEntriesMax,
  receiveGithubReport,
} from './keys/leaks/github/receive-github-report.ts';
export { type LeakPolicy, leakPolicies } from './keys/leaks/leak-policy.ts';
export {
  type LeakResult,
  presentedMax,
  type RevokeLeakedDeps,
  revokeLeaked,
} from './keys/leaks/revoke-leaked.ts';
export { type KeySummary, listKeys, showKey } from './keys/list-keys.ts';
export { createKeyCache, type KeyCache } from './keys/memory/key-cache.ts';
export { type KeyChangeRelay, redisKeyChangeRelay } from './keys/memory/key-change-relay.ts';
export { followKeyChanges } from './keys/memory/key-changes.ts';
export { ownKeys } from './keys/own-keys.ts';
export { revokeKey } from './keys/revoke-key.ts';
export {
  cancelPlannedRotation,
  type PlannedRotation,
  plannedRotationSchema,
  planRotation,
} from './keys/rotation/plan-rotation.ts';
export {
  type KeyReplacement,
  type RotateKeyDeps,
  rotateKey,
  rotationSchema,
} from './keys/rotation/rotate-key.ts';
export { type Rotation, rotationHistory } from './keys/rotation/rotation-history.ts';
export type { GitEnvironment } from './keys/scan/git.ts';
export { type IdentifiedKey, identifySightings } from './keys/scan/identify-sightings.ts';
export { ScanError } from './keys/scan/scan-error.ts';
export { type ScanResult, scanForKeys } from './keys/scan/scan-for-keys.ts';
export type { ScanProgress } from './keys/scan/scan-run.ts';
export type { Place, Sighting } from './keys/scan/sighting.ts';
export { type RotationReason, rotationReasons } from './keys/schema.ts';
export { keyLookup } from './keys/stored-key.ts';
export { unusedScopes } from './keys/unused-scopes.ts';
export { type KeyChangesWanted, keyChangesSchema, updateKey } from './keys/update-key.ts';
export { defaultWindows } from './keys/verified-key.ts';
export { createKeyVerifier, type KeyVerifier } from './keys/verify-key.ts';
export {
  type AddressLimits,
  defaultAddressLimits,
  parseAddressLimits,
} from './limits/addresses/address-limits.ts';
export type { LimitState } from './limits/fallback/bank-watch.ts';
export { type LeasedLimits, leasedLimits, type WhenAway } from './limits/leases/leased-limits.ts';
export { openRedisBank, recallConnection } from './limits/leases/redis-bank.ts';
export { type LimitRequest, type LimitStore, LimitStoreUnavailableError } from './limits/limit-store.ts';
export { memoryLimits } from './limits/memory-limits.ts';
export { formatLimit, parseLimit } from './limits/parse-limit.ts';
export { redisLimits, redisLimitsConnection } from './limits/redis-limits.ts';
export { maskEmail, maskKey, maskKeysIn, maskSecretsIn, maskUserId } from './masks.ts';
export { holdNodePlace, LimitsNotSharedError } from './nodes/node-place.ts';
export { asData } from './notify/as-data.ts';
export type { DeliveryOptions } from './notify/delivery.ts';
export { operatorsOf } from './notify/operators.ts';
export { outboxStatus } from './notify/outbox-status.ts';
export { queueMail } from './notify/queue-mail.ts';
export { isMailbox, queueNotification } from './notify/queue-notification.ts';
export { retryAfterMs } from './notify/retry-after.ts';
export { namesPrivateAddress, sendWebhook, type WebhookAnswer } from './notify/send-webhook.ts';
export { signWebhook } from './notify/sign-webhook.ts';
export { newWebhookSecret, openWebhookSecret, sealWebhookSecret } from './notify/webhook-secret.ts';
export { describeApi, jsonSchema } from './openapi/describe-api.ts';
export { type Ban, banSchema, banUser, unbanUser } from './people/ban-user.ts';
export type { PeopleDeps, PersonChanged } from './people/change-person.ts';
export { type Deleted, type Deletion, deleteUser, deletionSchema } from './people/delete-user.ts';
export {
  type HandedOver,
  type HandOver,
  handOver,
  handOverSchema,
  type OwnershipDeps,
} from './people/hand-over.ts';
export { isBanned, keyOwner, ownerRefusal } from './people/owner-refusal.ts';
export { reasonText } from './people/reason-text.ts';
export { type RoleChange, roleChangeSchema, setRole } from './people/set-role.ts';
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
  jsonBodyBytesMax,
  type Method,
  type PlainHeaders,
  type RequestContext,
  type Route,
  type RouteRequest,
  type StreamBody,
  type StreamInput,
  streamBody,
  type VerbatimBody,
  type VerbatimInput,
  verbatimBody,
  type Window,
} from './route.ts';
export type { MountedRoute, Router } from './router.ts';
export {
  type AnyService,
  type Contract,
  type Counts,
  type DataHandedOver,
  type DataKeeper,
  defineService,
  type Handlers,
  type Service,
} from './service.ts';
export { siblingModule } from './sibling-module.ts';
export { snakeCase } from './snake-case.ts';
export { type UnrecordedRoute, unrecordedRoutes } from './unrecorded-routes.ts';
export { readStoredJson } from './validation/read-stored-json.ts';
