export type { Bus } from './bus.js';
export { defineQueue, PermanentFailure, QueueDown, type QueueDefinition } from './definition.js';
export { connectQueues, type JobContext, type Producer, QueueBackend } from './backend.js';
