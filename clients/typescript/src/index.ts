export * from './client.js';
export { encode, identify, type Identity, type UsageEvent } from './event.js';
export { operation, type Operation } from './operation.js';
export * from './operations.js';
export { type Result, Sender, type SenderOptions } from './sender.js';
export { type Spool, WebSpool } from './spool.js';
