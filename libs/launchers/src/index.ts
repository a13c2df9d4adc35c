export { ensureInfrastructure, type Infrastructure, type InfrastructureOptions } from './infrastructure.js';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres/start-postgres.js';
export { startNats, type NatsOptions, type RunningNats } from './nats/start-nats.js';
export { checkDatabase } from './postgres/check-database.js';
export { checkBroker, type Broker } from './nats/check-broker.js';
export { startTestInfrastructure } from './test-infrastructure.js';
export { type TestInfrastructure } from './containers.js';
export { stopOnSignals } from './process/stop-on-signals.js';
export { StartError } from './start-error.js';
