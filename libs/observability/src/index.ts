export * from './correlation.js';
export * from './failure.js';
export * from './logger.js';
export * from './metrics.js';
export * from './nest-logger.js';
export * from './observe-http.js';
