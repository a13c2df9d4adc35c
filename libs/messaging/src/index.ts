export * from './event-handler.js';
