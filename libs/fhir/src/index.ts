export * from './audience.js';
export * from './issue.js';
export * from './owners.js';
export * from './reference.js';
