export { createIpfsNetwork, type IpfsNetwork } from './ipfs-network.ts';
export { type GatewayAnswer, type LoopbackGateway, startLoopbackGateway } from './loopback-gateway.ts';
export { type LoopbackPinata, startLoopbackPinata } from './loopback-pinata.ts';
export { type LoopbackPinningService, startLoopbackPinningService } from './loopback-pinning-service.ts';
export type { Fault, SeenRequest } from './loopback-server.ts';
