import pg from 'pg';
import { FhirStore } from '#fhir-store';
import { Database } from '#postgres';
import { heldTypes, migrateServices, schemaOf, serviceUrl } from '#service';
import { referralService } from '../../../apps/referral/src/referral.module.js';
import { seedTasks } from '../../../libs/fhir-store/test/many-tasks.js';
import { readersAtSize, type SearchAtSize, searchesAtSize } from '../../../libs/fhir-store/test/search-at-size.js';
import type { Comparison, Sample, Side } from '../comparison.js';
import type { Installation } from '../installation.js';
import { quantile } from '../statistics.js';

const few = 1000;
/** Two dozen searches: each runs more shortly than other rows do. */
const longest = 0.3;

/** The same searches among a thousand tasks and among a million, for who sees all, most, and few of them. */
export async function sizeComparisons(
  installation: Installation,
): Promise<{ comparisons: Comparison[]; close: () => Promise<void> }> {
  const small = await FilledStore.open(installation, few);
  const large = await FilledStore.open(installation, installation.settings.large);
  const comparisons = Object.entries(searchesAtSize).flatMap(([name, search]) =>
    Object.keys(readersAtSize).map((reader) => comparisonOf(name, { search, reader, small, large })),
  );
  const close = async (): Promise<void> => {
    await small.close();
    await large.close();
  };
  return { comparisons, close };
}

interface Asked {
  search: SearchAtSize;
  reader: string;
}

function comparisonOf(
  name: string,
  { small, large, ...asked }: Asked & { small: FilledStore; large: FilledStore },
): Comparison {
  const to = small.name;
  return {
    name: `search ${name}, ${asked.reader}`,
    by: 'p50',
    sides: [large.side(asked), small.side(asked)],
    goals: (['p50', 'p99'] as const).map((by) => ({ of: 'times', by, to, atMost: 2 })),
    about: { tasks: large.tasks, filledInSeconds: large.filledInSeconds },
  };
}

/** A store of the referral service with so many tasks, in a database of its own. */
class FilledStore {
  readonly name: string;
  #at = 0;

  private constructor(
    private readonly database: Database,
    readonly tasks: number,
    readonly filledInSeconds: number,
  ) {
    this.name = `among ${tasks.toLocaleString('en-GB')} tasks`;
  }

  static async open({ admin, infrastructure, log }: Installation, tasks: number): Promise<FilledStore> {
    const name = `tasks_${String(tasks)}`;
    await admin.query(`CREATE DATABASE ${name}`);
    const adminUrl = new URL(infrastructure.databaseUrl);
    adminUrl.pathname = `/${name}`;
    await migrateServices(adminUrl.href, [referralService]);
    const begun = performance.now();
    await seedTasks({ adminUrl: adminUrl.href }, tasks);
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    await settled(adminUrl.href);
    log(`Filled a store with ${String(tasks)} Tasks in ${String(seconds)} s`);
    const url = serviceUrl(adminUrl.href, referralService.name);
    const schema = schemaOf(referralService.name);
    return new FilledStore(
      new Database({ url, schema, applicationName: 'ginnel-bench', maxConnections: 1 }),
      tasks,
      seconds,
    );
  }

  /** One search after another, over one connection. */
  side({ search, reader }: Asked): Side {
    const audience = readersAtSize[reader] ?? [];
    const store = new FhirStore(this.database, {
      types: heldTypes(referralService),
      cursorSecret: '',
      now: () => new Date(),
    });
    const once = async (): Promise<number> => {
      const query = search({ reader: audience, at: (this.#at += 1), tasks: this.tasks });
      const begun = performance.now();
      const { matches } = await store.search(query, audience);
      if (matches.length === 0) throw new Error(`A search ${this.name} found nothing for ${reader}.`);
      return performance.now() - begun;
    };
    return { name: this.name, run: (seconds) => during(Math.min(seconds, longest), once) };
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

/** As after a night: nothing is left to be written or looked through. */
async function settled(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

async function during(seconds: number, once: () => Promise<number>): Promise<Sample> {
  const times: number[] = [];
  const begun = performance.now();
  while (performance.now() - begun < seconds * 1000) times.push(await once());
  const took = (performance.now() - begun) / 1000;
  return { rate: times.length / took, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
