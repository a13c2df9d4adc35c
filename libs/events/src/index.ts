export * from './cloud-event.js';
export * from './lane.js';
