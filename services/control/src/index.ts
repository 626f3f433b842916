export { presentKey } from './present-key.ts';
export { type ControlDeps, controlScopes, controlService } from './service.ts';
