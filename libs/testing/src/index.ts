export { freshDatabase, testInfrastructure, type FreshDatabase, type TestInfrastructure } from './infrastructure.js';
