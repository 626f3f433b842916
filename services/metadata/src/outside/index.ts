export { allEnded } from './all-ended.ts';
export { type OutsideServiceName, outsideServices } from './outside-services-table.ts';
export { outsideStatesOf, type Purposes } from './outside-states.ts';
export { outsideJobs, tellOfOutside } from './tell-of-outside.ts';
export { type CallKind, type Watch, watchService } from './watch-service.ts';
