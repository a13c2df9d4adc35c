import pg from 'pg';
import { owners } from '#fhir';
import {
  type Criterion,
  idParameter,
  modifiersOf,
  parseSearch,
  type SearchModifier,
  type SearchParameter,
  searchParametersOf,
  type SearchQuery,
  targetModifiers,
} from '#fhir-search';
import { sessionSettings, type Statement } from '#postgres';
import { seedAll } from '../test/many-of-all.js';
import { openStore, type OpenedStore } from '../test/opened-store.js';
import { pageStatement } from './search-statement.js';

/** So many of each type that reading a table from end to end is dearer than any index. */
const rows = 2000;
const types: string[] = Object.values(owners).flat();
const held = new Set(types);
const readers: [string, readonly string[]][] = [
  ['one who sees most', ['big', 'public']],
  ['everyone', ['*']],
];
let opened: OpenedStore;
let client: pg.Client;

beforeAll(async () => {
  opened = await openStore({ follows: types.filter((type) => !(owners.referral as readonly string[]).includes(type)) });
  await seedAll(opened, types, rows);
  client = new pg.Client({
    connectionString: opened.options.url,
    options: sessionSettings(opened.options.schema, '*'),
  });
  await client.connect();
}, 180_000);
afterAll(async () => {
  await client.end();
  await opened.close();
});

describe.each(readers)('for %s, no search reads a table from end to end', (_, reader) => {
  // What is not filtered by organisation has the same conditions: some types stand for all.
  const some = types.filter((_type, at) => !reader.includes('*') || at % 5 === 0);

  it.each(some)('of %s by any parameter with any modifier', async (type) => {
    const asked = everyCriterion(type);
    // Whoever sees all or most and looks within texts has all of them read: the table is no dearer than its index.
    const bounded = asked.filter((one) => !isWithinText(one));
    expect(await scans(type, bounded, reader)).toEqual([]);
  });

  it.each(some)('of %s in any order', async (type) => {
    expect(await scans(type, everySort(type), reader)).toEqual([]);
  });

  // What a chain and an include look for is the same for everyone, but for the filter that `everyone` lacks.
  if (reader.includes('*')) return;

  it.each(types)('of %s through any reference, either way', async (type) => {
    expect(await scans(type, everyChain(type), reader)).toEqual([]);
  });

  it.each(types)('of %s with what comes along', async (type) => {
    expect(await scans(type, everyInclude(type), reader)).toEqual([]);
  });
});

describe('for one who sees few, no search within texts reads a table from end to end', () => {
  const searched = types.filter((type) =>
    searchParametersOf(type).some((parameter) => modifiersOf(parameter).includes('contains')),
  );

  it.each(searched)('of %s', async (type) => {
    expect(await scans(type, everyCriterion(type).filter(isWithinText), ['small'])).toEqual([]);
  });
});

function isWithinText(criterion: string): boolean {
  return criterion.includes(':contains=');
}

/** Those of these queries that scan a table, and which. */
async function scans(type: string, asked: readonly string[], reader: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const each of asked) {
    const query = queryOf(type, each);
    const searching = { reader, holds: (one: string) => held.has(one) };
    const scanned = await scannedBy(pageStatement(query, searching));
    if (scanned.length > 0) found.push(`${each}: ${scanned.join(', ')}`);
  }
  return found;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'One-Time Filter'?: string;
  Plans?: PlanNode[];
}

async function scannedBy({ text, values }: Statement): Promise<string[]> {
  const { rows: plans } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(`EXPLAIN (FORMAT JSON) ${text}`, [
    ...(values ?? []),
  ]);
  const [made] = plans[0]?.['QUERY PLAN'] ?? [];
  if (!made) throw new Error('No plan was made.');
  return nodesOf(made.Plan)
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .map((node) => node['Relation Name'] ?? '');
}

/** What lacks the value that is sorted by is looked for on the last page only: a condition on the whole part says so. */
function nodesOf(node: PlanNode): PlanNode[] {
  if (node['One-Time Filter'] !== undefined) return [];
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function queryOf(type: string, asked: string): SearchQuery {
  const { query } = parseSearch(type, new URLSearchParams(`${asked}&_count=20`), { lenient: false });
  return { ...query, criteria: query.criteria.map(withCodes) };
}

/** What the server puts in the place of a value set, and of types that nobody owns. */
function withCodes(criterion: Criterion): Criterion {
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    return {
      chain: {
        parameter,
        targets: targets.map(({ type, criterion: inner }) => ({
          type,
          criterion: held.has(type) ? withCodes(inner) : { parameter: idParameter, values: [] },
        })),
      },
    };
  }
  if ('has' in criterion) return criterion;
  if (!criterion.values.some((value) => value.type === 'valueSet')) return criterion;
  return { ...criterion, values: ['v3', 'v4'].map((value) => ({ type: 'token', system: 'https://s.example', value })) };
}

function everyCriterion(type: string): string[] {
  const common = ['_id=x7', '_lastUpdated=2026-01-01', '_lastUpdated=ge2026-01-02', ''];
  return [...common, ...searchParametersOf(type).flatMap(criteriaOf)];
}

function criteriaOf(parameter: SearchParameter): string[] {
  const { code } = parameter;
  const plain = valuesOf(parameter).map((value) => `${code}=${value}`);
  const modified = modifiersOf(parameter).map(
    (modifier) => `${code}:${modifier}=${modifiedValue(parameter, modifier)}`,
  );
  return [...plain, ...modified];
}

const values: Record<SearchParameter['type'], readonly string[]> = {
  token: ['v7', 'https://s.example|v7', 'v7,v8'],
  string: ['v77'],
  date: ['2025-06-01', 'ge2026-01-01', 'lt2024-01-01'],
  number: ['7', 'gt990'],
  quantity: ['7', 'gt990', '7||v7'],
  reference: [],
  uri: ['v77'],
  special: ['53.8|-1.5|50|km'],
  composite: [],
};

function valuesOf(parameter: SearchParameter): readonly string[] {
  if (parameter.type === 'reference') return [`${targetModifiers(parameter)[0] ?? 'http://a.example'}/x77`];
  if (parameter.type !== 'composite') return values[parameter.type];
  return [(parameter.components ?? []).map((part) => valuesOf(part)[0] ?? '').join('$')];
}

const modifiedValues: Partial<Record<SearchModifier, string>> = {
  missing: 'true',
  'of-type': 'https://s.example|v7|v7',
  in: 'http://a.example/set',
  'not-in': 'http://a.example/set',
  identifier: 'v7',
  text: 'v77',
};

function modifiedValue(parameter: SearchParameter, modifier: SearchModifier): string {
  const known = modifiedValues[modifier];
  if (known !== undefined) return known;
  if (parameter.type === 'token') return 'https://s.example|v7';
  return parameter.type === 'reference' ? 'x77' : 'v77';
}

function everySort(type: string): string[] {
  const codes = [
    '_id',
    '_lastUpdated',
    ...searchParametersOf(type)
      .filter(isSortable)
      .map(({ code }) => code),
  ];
  return codes.flatMap((code) => [`_sort=${code}`, `_sort=-${code}`]);
}

function isSortable({ type }: SearchParameter): boolean {
  return type !== 'composite' && type !== 'special';
}

function everyChain(type: string): string[] {
  const forward = searchParametersOf(type).flatMap((parameter) =>
    targetModifiers(parameter)
      .filter((target) => held.has(target))
      .slice(0, 1)
      .flatMap((target) => [
        `${parameter.code}:${target}._id=x7`,
        ...insides(target).map((inner) => `${parameter.code}:${target}.${inner}`),
      ]),
  );
  const back = types.flatMap((source, at) =>
    searchParametersOf(source)
      .filter((parameter) => targetModifiers(parameter).includes(type))
      .slice(0, 1)
      // What few meet of every other source, what many meet of the others.
      .flatMap((parameter) =>
        insides(source)
          .slice(at % 2, (at % 2) + 1)
          .map((inner) => `_has:${source}:${parameter.code}:${inner}`),
      ),
  );
  return [...forward, ...back];
}

/** What few meet, and what many do. */
function insides(type: string): string[] {
  const codes = searchParametersOf(type).map(({ code }) => code);
  return [
    ...(codes.includes('identifier') ? ['identifier=v7'] : []),
    ...(codes.includes('status') ? ['status=v7'] : []),
  ];
}

function everyInclude(type: string): string[] {
  return ['_include=*', `_revinclude=Provenance:target`].slice(0, 1).concat(
    searchParametersOf(type)
      .filter((parameter) => targetModifiers(parameter).length > 0)
      .slice(0, 4)
      .map(({ code }) => `_include=${type}:${code}&_include:iterate=${type}:${code}`),
  );
}
