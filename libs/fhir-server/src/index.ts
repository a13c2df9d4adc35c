export * from './operation.js';
export * from './resource-writes.js';
