import { migrateServices } from '#service';
import { preparedDatabase } from '#testing';
import { definitions } from '../apps/sandbox/src/sandbox.module.js';
import { seed } from '../apps/sandbox/src/seed.js';

/** A database of its own with the tables of all services, empty. */
export function migratedDatabase(): ReturnType<typeof preparedDatabase> {
  return preparedDatabase('all services', (url) => migrateServices(url, definitions));
}

/** One that holds the programmes too. */
export function seededDatabase(): ReturnType<typeof preparedDatabase> {
  return preparedDatabase('all services, seeded', async (url) => {
    await migrateServices(url, definitions);
    await seed(url, definitions);
  });
}
