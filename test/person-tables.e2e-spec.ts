import { heldTypes, schemaOf } from '#service';
import { tablesOfType, treatmentOf } from '../apps/sandbox/src/person/person-tables.js';
import { definitions } from '../apps/sandbox/src/sandbox.module.js';
import { allTables } from './person/everywhere.js';
import { startWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await startWorld();
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
    const unknown = tables.filter((table) => treatmentOf(table.split('.')[1] ?? '') === undefined);
    expect(unknown).toEqual([]);
  });
});
