import { heldTypes, schemaOf } from '#service';
import { issuerSchema, migrateIssuer } from '../apps/issuer/src/issuer.module.js';
import { eraseRows } from '../apps/sandbox/src/person/erase-rows.js';
import { issuerTreatments, tablesOfType, treatmentOf } from '../apps/sandbox/src/person/person-tables.js';
import { definitions } from '../apps/sandbox/src/sandbox.module.js';
import { allTables, withDatabase } from './person/everywhere.js';
import { startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await migrateIssuer(world.databaseUrl);
});

afterAll(async () => {
  await world.stop();
});

describe('what becomes of a person who is erased', () => {
  it('is said of every table of every schema', async () => {
    const ofTypes = definitions.flatMap((definition) =>
      heldTypes(definition)
        .flatMap(tablesOfType)
        .map((table) => `${schemaOf(definition.name)}.${table}`),
    );
    const known = new Set(ofTypes);
    const tables = (await allTables(world)).filter((table) => !known.has(table));
    const unknown = tables.filter((place) => {
      const [schema, table = ''] = place.split('.');
      return (schema === issuerSchema ? issuerTreatments[table] : treatmentOf(table)) === undefined;
    });
    expect(unknown).toEqual([]);
  });

  it('takes with it the links that were given to the person, and their tokens', async () => {
    const refs = ['Patient/a', 'Task/b'];
    const kept = await withDatabase(world, async (client) => {
      await client.query(
        `INSERT INTO issuer.client (id, patient, scopes) VALUES ('link', 'a', '{}'), ('other', 'ab', '{}'), ('gp', NULL, '{}')`,
      );
      await client.query(`SELECT set_config('ginnel.audience', '*', false)`);
      await eraseRows(client, definitions, { number: '9434765919', own: refs, namedIn: [] });
      const { rows } = await client.query<{ id: string }>(
        'SELECT id FROM issuer.client UNION ALL SELECT client FROM issuer.revoked_client ORDER BY 1',
      );
      return rows.map(({ id }) => id);
    });
    // The link is there as revoked only.
    expect(kept).toEqual(['gp', 'link', 'other']);
  });
});
