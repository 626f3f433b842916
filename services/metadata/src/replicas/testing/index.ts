export { type LoopbackImageKit, loopbackImageKit } from './loopback-imagekit.ts';
export { type S3Server, s3Server } from './s3-server.ts';
