export {
  freshDatabase,
  preparedDatabase,
  testInfrastructure,
  type FreshDatabase,
  type TestInfrastructure,
} from './infrastructure.js';
