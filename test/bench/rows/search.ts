import { parseSearch } from '#fhir-search';
import { serviceUrl } from '#service';
import type { Statement } from '#postgres';
import type { Comparison } from '../comparison.js';
import { httpLoad } from '../load/http-load.js';
import { type Execution, PgLoad } from '../load/pg-load.js';
import { patientIdentifier, practice, providerOf } from '../resources.js';
import { ListeningStore, type Served } from './served.js';

interface Search {
  name: string;
  type: string;
  /** Query strings, taken in turn. */
  queries: readonly URLSearchParams[];
  finds: number;
}

const page = 20;

/** A provider's worklist by owner and status, and one person by identifier. */
export async function searchComparisons(
  served: Served,
): Promise<{ comparisons: Comparison[]; close: () => Promise<void> }> {
  const { installation } = served;
  const { connections, rows } = installation.settings;
  const searches: Search[] = [
    {
      name: 'search Task by owner and status',
      type: 'Task',
      queries: Array.from({ length: 10 }, (_, at) => worklist(at)),
      finds: Math.min(page, Math.floor(rows / 50)),
    },
    {
      name: 'search Patient by identifier',
      type: 'Patient',
      queries: Array.from({ length: Math.min(rows, 500) }, (_, at) => person(at)),
      finds: 1,
    },
  ];
  const load = await PgLoad.connect({
    url: serviceUrl(installation.infrastructure.databaseUrl, 'referral'),
    schema: 'referral',
    audience: [practice, 'public'],
    connections,
  });
  const comparisons = await Promise.all(searches.map((search) => comparisonOf(search, served, load)));
  return { comparisons, close: () => load.close() };
}

async function comparisonOf(search: Search, served: Served, load: PgLoad): Promise<Comparison> {
  const { installation, url, headers } = served;
  const { name, type, queries, finds } = search;
  const paths = queries.map((query) => `/fhir/${type}?${query.toString()}`);
  await mustFind(`${url}${paths[0] ?? ''}`, headers, finds);
  const executions = await executionsOf(search, served);
  let turn = 0;
  const { connections, rows } = installation.settings;
  return {
    name,
    by: 'rate',
    sides: [
      {
        name: `GET /fhir/${type}?${[...(queries[0] ?? new URLSearchParams()).keys()].join('&')}`,
        run: (seconds) => httpLoad({ url, method: 'GET', paths, headers, connections }, seconds),
      },
      {
        name: 'pg, the same statement',
        run: (seconds) => load.run(() => executions[(turn += 1) % executions.length] as Execution, seconds),
      },
    ],
    goals: [],
    about: { rows, finds, statement: executions[0]?.text },
  };
}

function worklist(at: number): URLSearchParams {
  const owner = `Organization/${providerOf(at)}`;
  return new URLSearchParams({ owner, status: 'requested', _count: String(page) });
}

function person(at: number): URLSearchParams {
  return new URLSearchParams({ identifier: patientIdentifier(at), _count: String(page) });
}

async function mustFind(url: string, headers: Record<string, string>, finds: number): Promise<void> {
  const answer = await fetch(url, { headers });
  const { entry = [] } = (await answer.json()) as { entry?: unknown[] };
  if (answer.status === 200 && entry.length === finds) return;
  throw new Error(
    `A search that finds ${String(finds)} was answered ${String(answer.status)} with ${String(entry.length)}.`,
  );
}

/** What the store itself asks the database for each of these queries, as prepared statements. */
async function executionsOf({ name, type, queries }: Search, { installation }: Served): Promise<Execution[]> {
  const listening = new ListeningStore(installation);
  try {
    const executions: Execution[] = [];
    for (const parameters of queries) {
      const { query } = parseSearch(type, parameters, { lenient: false });
      const statements = await listening.heard((store) => store.search(query, [practice, 'public']));
      executions.push(executionOf(name, statements));
    }
    return executions;
  } finally {
    await listening.close();
  }
}

function executionOf(name: string, [statement, ...more]: readonly Statement[]): Execution {
  if (!statement || more.length > 0) throw new Error(`${name} is not one statement any more; measure all of them.`);
  return { name: `bench-${name.replaceAll(' ', '-')}`, text: statement.text, values: statement.values ?? [] };
}
