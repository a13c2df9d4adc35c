import { FhirStore } from '#fhir-store';
import { createLogger } from '#observability';
import { Database } from '#postgres';
import { freshDatabase } from '#testing';
import { serviceUrl } from './logins.js';
import { RequestKeyKeeper } from './request-key-keeper.js';
import { migrateServices, schemaOf } from './service-definition.js';

const dayMs = 86_400_000;

describe('the keys of requests', () => {
  it('are kept for their days and then forgotten', async () => {
    const fresh = await freshDatabase();
    await migrateServices(fresh.url, [{ name: 'referral', follows: [] }]);
    const url = serviceUrl(fresh.url, 'referral');
    const database = new Database({ url, schema: schemaOf('referral'), applicationName: 'test' });
    const begun = new Date('2026-01-01T00:00:00Z');
    let days = 0;
    const now = () => new Date(begun.getTime() + days * dayMs);
    const store = new FhirStore(database, { types: ['Task'], cursorSecret: 'a secret of a test', now });
    const log = createLogger({ level: 'silent', service: 'test' });
    const keeper = new RequestKeyKeeper(store, { days: 90, now, log });
    const found: boolean[] = [];
    await store.requests.record({ key: 'x|gp|1', hash: 'h' }, { status: 200, made: [], answer: null }, now());
    for (days of [1, 89, 90, 91]) {
      await keeper.forget();
      found.push((await store.requests.find('x|gp|1')) !== undefined);
    }
    await database.close();
    await fresh.drop();
    expect(found).toEqual([true, true, true, false]);
  });
});
