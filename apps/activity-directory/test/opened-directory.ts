import { FhirStore } from '#fhir-store';
import type { Questions } from '#messaging';
import { Database } from '#postgres';
import { heldTypes, migrateServices, type Platform, schemaOf, serviceUrl } from '#service';
import { preparedDatabase } from '#testing';
import { activityDirectoryService } from '../src/activity-directory.module.js';

export interface OpenedDirectory {
  store: FhirStore;
  database: Database;
  platform: Platform;
  close: () => Promise<void>;
}

/** The directory's tables, on a database that no other test knows. */
export async function openDirectory(now: () => Date): Promise<OpenedDirectory> {
  const fresh = await preparedDatabase('activity-directory', (url) => migrateServices(url, [activityDirectoryService]));
  const database = new Database({
    url: serviceUrl(fresh.url, 'activity-directory'),
    schema: schemaOf('activity-directory'),
    applicationName: 'test',
    maxConnections: 4,
  });
  const store = new FhirStore(database, {
    types: heldTypes(activityDirectoryService),
    cursorSecret: 'a secret of this test',
    now,
  });
  let ids = 0;
  const platform = { now, newId: () => `id-${String(++ids)}` } as Platform;
  const close = async () => {
    await database.close();
    await fresh.drop();
  };
  return { store, database, platform, close };
}

/** What another service answers, and what it was asked. */
export function answering(answer: (payload: never) => unknown): { questions: Questions; asked: unknown[] } {
  const asked: unknown[] = [];
  const ask = (_service: string, _question: string, payload: unknown) => {
    asked.push(payload);
    return Promise.resolve(answer(payload as never));
  };
  return { questions: { ask } as unknown as Questions, asked };
}
