export * from './logins.js';
export * from './platform.js';
export * from './run-service.js';
export * from './service.config.js';
export * from './service-definition.js';
export * from './service.js';
export * from './service.module.js';
export * from './start-service.js';
