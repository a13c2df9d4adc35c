import pg from 'pg';
import { ownerOf, serviceNames, type ServiceName } from '#fhir';
import { schemaOf, serviceUrl } from '#service';
import { eventually } from './eventually.js';
import { Dice } from './hostile/dice.js';
import { kinds, marksOf, named, type Version, versionsOf } from './leaks/records.js';
import { actors, WatchedWorld } from './leaks/watched-world.js';

const dice = new Dice(7);
const all = named('row', 2);
const first = versionsOf(all, { dice, all, audienceOf: someActors });
const second = versionsOf(
  all.filter(({ id }) => id === 'row1'),
  { dice, all, audienceOf: someActors, number: 2 },
);
const versions = [...first, ...second];
/** What stands in no table that a client's search goes through. */
const planted = 'canary-planted-row0-v1';
let world: WatchedWorld;

beforeAll(async () => {
  world = await WatchedWorld.start();
  await world.keep(versions);
  await plantElsewhere();
  await eventually(
    () => relationsWith('outcomes', '*', 'canary-Task-row0-v1'),
    (found) => found.includes('task'),
  );
}, 120_000);
afterAll(async () => {
  await world.stop();
});

/** A service may not read a record of somebody else, though its query says nothing of whom it is for. */
describe.each(serviceNames)(
  "under the login of %s, everything that its tables hold, without the store's filter",
  (service) => {
    it.each<string[]>([...actors, 'public', ''].map((reader) => [reader]))(
      'read as %j is what that reader may see',
      async (reader) => {
        const words = await wordsIn(service, reader);
        const allowed = versions.filter(({ audience }) => audience.includes(reader)).map(wordOf);
        expect([...words.keys()].filter((word) => !allowed.includes(word))).toEqual([]);
        // A test of silence alone would pass.
        const own = versions.filter(
          ({ resource, audience }) => isOf(service, resource.resourceType) && audience.includes(reader),
        );
        expect(own.map(wordOf).filter((word) => !words.has(word))).toEqual([]);
        if (reader === 'north-practice') expect(own.length).toBeGreaterThan(0);
      },
    );

    it('is all there for those who read for everyone', async () => {
      const words = await wordsIn(service, '*');
      const own = versions.filter(({ resource }) => isOf(service, resource.resourceType)).map(wordOf);
      expect(own.filter((word) => !words.has(word))).toEqual([]);
      expect([...(words.get(planted) ?? [])].sort()).toEqual(elsewhereOf(service).sort());
    });

    it('may be turned off by no right of that login', async () => {
      await asService(service, '*', async (client) => {
        const { rows } = await client.query<{ free: boolean }>(
          'SELECT rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = current_user',
        );
        expect(rows).toEqual([{ free: false }]);
        const owned = await client.query(
          `SELECT c.relname FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND pg_has_role(current_user, c.relowner, 'usage')`,
          [schemaOf(service)],
        );
        expect(owned.rows).toEqual([]);
      });
    });
  },
);

function someActors(): readonly string[] {
  return [dice.of(actors), ...actors.filter(() => dice.chance(0.2)), ...(dice.chance(0.1) ? ['public'] : [])];
}

function wordOf({ resource: { resourceType: type, id = '' }, number }: Version): string {
  return marksOf({ type, id }, number).canary;
}

function isOf(service: ServiceName, type: string): boolean {
  return kinds.includes(type) && ownerOf(type) === service;
}

/** Where words of content stand, in which tables and views. */
async function wordsIn(service: ServiceName, reader: string): Promise<Map<string, Set<string>>> {
  const words = new Map<string, Set<string>>();
  await asService(service, reader, async (client) => {
    for (const relation of await relationsOf(client, service)) {
      const { rows } = await client.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM "${relation}" t`);
      for (const word of rows.flatMap(({ row }) => plainer(row).match(/canary-[A-Za-z]+-row\d-v\d/g) ?? []))
        words.set(word, (words.get(word) ?? new Set()).add(relation));
    }
  });
  return words;
}

async function relationsWith(service: ServiceName, reader: string, word: string): Promise<string[]> {
  return [...((await wordsIn(service, reader)).get(word) ?? [])];
}

async function relationsOf(client: pg.Client, service: ServiceName): Promise<string[]> {
  const { rows } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p', 'v', 'm')`,
    [schemaOf(service)],
  );
  return rows.map(({ relname }) => relname);
}

async function asService<T>(service: ServiceName, reader: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(serviceUrl(world.databaseUrl, service), async (client) => {
    await client.query(`SELECT set_config('search_path', $1, false)`, [schemaOf(service)]);
    if (reader !== '') await client.query(`SELECT set_config('ginnel.audience', $1, false)`, [reader]);
    return work(client);
  });
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** Tables that hold content for a while, beside those of the records. */
function elsewhereOf(service: ServiceName): string[] {
  return ['dead_letter', 'job', 'reservation', ...(service === 'subscriptions' ? ['delivery'] : [])];
}

async function plantElsewhere(): Promise<void> {
  await withClient(world.databaseUrl, async (client) => {
    for (const service of serviceNames) {
      await client.query(`SELECT set_config('search_path', $1, false)`, [schemaOf(service)]);
      const rows: Record<string, string> = {
        dead_letter: `INSERT INTO dead_letter (consumer, event_id, subject, reason, detail, deliveries, first_seen, event)
          VALUES ('c', 'e', 's', 'r', 'd', 1, now(), $1)`,
        job: `INSERT INTO job (id, owner, request, started, alive, answer) VALUES (gen_random_uuid(), 'o', 'r', now(), now(), $1)`,
        reservation: `INSERT INTO reservation (transaction, coordinator, state, writes, reserved_at)
          VALUES ('t', 'referral', 'released', $1, now())`,
        delivery: `INSERT INTO delivery (subscription_id, event_id, correlation_id, payload, created_at, due_at, leased_until)
          VALUES ('s', gen_random_uuid(), 'c', $1, now(), now() + interval '1 day', now() + interval '1 day')`,
      };
      for (const table of elsewhereOf(service)) await client.query(rows[table] ?? '', [planted]);
    }
  });
}

/** Content of a Binary in clear. */
function plainer(text: string): string {
  return text.replace(/\\"data\\":\s*\\"([^"\\]+)\\"/g, (_all, data: string) => Buffer.from(data, 'base64').toString());
}
