export * from './audience.js';
export * from './identifier-system.js';
export * from './issue.js';
export * from './nhs-number.js';
export * from './owners.js';
export * from './reference.js';
export * from './snomed.js';
export * from './json.js';
