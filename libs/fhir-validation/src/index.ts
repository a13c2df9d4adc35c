export * from './validator.js';
export * from './packages/index.js';
