export { isRole, type Role, roleSuffices, roles } from './access/roles.ts';
export { type Caller, type Environment, type KeyCaller, nobody } from './caller.ts';
export { type Clock, systemClock } from './clock.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export { uuidv7 } from './ids.ts';
export { bytes, type FieldError, isProblem, json, type Problem, type Reply, refuse } from './reply.ts';
export {
  type Access,
  batchBodyBytesMax,
  defineRoute,
  type Handler,
  jsonBody,
  type RequestContext,
  type Route,
  type StreamInput,
  streamBody,
  type Window,
} from './route.ts';
export { type Contract, defineService, type Service } from './service.ts';
export { siblingModule } from './sibling-module.ts';
