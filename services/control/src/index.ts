export { presentKey } from './keys/present-key.ts';
export { type ControlDeps, controlScopes, controlService } from './service.ts';
