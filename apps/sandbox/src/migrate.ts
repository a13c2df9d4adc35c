import { migrateServices } from '#service';
import { migrateIssuer } from '../../issuer/src/issuer.module.js';
import { readMigrateConfig } from './migrate.config.js';
import { definitions } from './sandbox.module.js';

/** Brings every service's schema, tables and login up to date and ends: run before the services of a new version start. */
try {
  const { adminUrl, passwords } = readMigrateConfig();
  await migrateServices(adminUrl, definitions, passwords);
  await migrateIssuer(adminUrl, passwords);
  process.stdout.write(`Up to date: ${[...definitions.map(({ name }) => name), 'issuer'].join(', ')}.\n`);
} catch (error) {
  process.stderr.write(`The migration did not end: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
  process.exitCode = 1;
}
