export * from './client.js';
export { encode, type Identity, identify, type UsageEvent } from './event.js';
export { type Operation, operation } from './operation.js';
export * from './operations.js';
export { type Result, Sender, type SenderOptions } from './sender.js';
export { type Spool, WebSpool } from './spool.js';
