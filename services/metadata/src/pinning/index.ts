export { withPins } from './collections/hand-over-pins.ts';
export { createPinning, type PinningSettings } from './create-pinning.ts';
export { pinningContract } from './routes/pinning-contract.ts';
