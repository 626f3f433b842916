export { type OutsideServiceName, outsideServices } from './outside-services-table.ts';
export { outsideStatesOf, type Purposes } from './outside-states.ts';
export { outsideJobs, tellOfOutside } from './tell-of-outside.ts';
export { type Watch, watchService } from './watch-service.ts';
