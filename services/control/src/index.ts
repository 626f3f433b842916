export { presentBlock } from './blocks/present-block.ts';
export { presentEmergencyRotation } from './emergency/present-emergency-rotation.ts';
export { presentKey } from './keys/present-key.ts';
export { presentChange, presentHandOver, presentPerson } from './people/present-person.ts';
export { presentPlan, presentRotated } from './rotations/present-rotation.ts';
export { type ControlDeps, controlScopes, controlService } from './service.ts';
