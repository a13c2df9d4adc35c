import type { MeasureReport } from 'fhir/r4';
import { publishedRecords, publishedTable, publishedTablesAreThere } from '../apps/outcomes/test/published-tables.js';
import { Actors, mskHq, type Referral } from './outcome-actors.js';
import { eventually } from './eventually.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const period = 'periodStart=2021-03-01&periodEnd=2021-07-31';

let world: World;
const actors = new Actors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('the evaluation of a programme', () => {
  if (publishedTablesAreThere) {
    it('gives every cell of the published tables from answers that came through the API', provesTheTables, 120_000);
  } else {
    it('cannot be compared with the published tables: ../shared/data/evaluation-tables is absent', () => undefined);
  }

  it('is for analysts, and tells what is wrong with a question', async () => {
    const ask = (as: Parameters<World['send']>[0], query: string) =>
      world.send(as, { path: `/fhir/Measure/msk-connect/$evaluation?${query}` }).then(({ status }) => status);
    expect([
      await ask('practice', period),
      await ask('provider-khl', period),
      await ask('analyst', 'periodStart=2021-03-01'),
      await ask('analyst', 'periodStart=2021-08-01&periodEnd=2021-07-31'),
      await ask('analyst', `${period}&instrument=eq-5d`),
      await ask('analyst', `${period}&surname=Example`),
      await ask('analyst', `${period}&format=xlsx`),
      await ask('analyst', ''),
    ]).toEqual([403, 403, 400, 400, 400, 400, 400, 200]);
    expect((await world.send('analyst', { path: '/fhir/Measure/none/$evaluation' })).status).toBe(404);
  });

  it('counts nobody who was referred to another programme or to none', async () => {
    const { request, patient } = await actors.refer({ performer: 'Organization/keighley-healthy-living' });
    await actors.answer({ request, patient }, { at: 'baseline', authored: '2019-05-01', level: 1 });
    const marker = await actors.refer();
    await actors.answer(marker, { at: 'baseline', authored: '2019-05-01', level: 1 });
    const result = await evaluated(
      'periodStart=2019-01-01&periodEnd=2019-12-31',
      ({ people, setAside }) => people.value > 0 && setAside.every(({ reason }) => reason !== 'referral-unknown'),
    );
    expect(result.people.value).toBe(1);
  });
});

/** The part of an evaluation that the tests read. */
interface Evaluated {
  people: { value: number; evidence: string[] };
  setAside: { reason: string }[];
  results: {
    item: { code: string };
    n: { value: number };
    improved: { value: number };
    same: { value: number };
    worse: { value: number };
    change: { sum: number };
  }[];
}

async function evaluated(query: string, isThere: (result: Evaluated) => boolean): Promise<Evaluated> {
  const path = `/fhir/Measure/msk-connect/$evaluation?${query}`;
  const last = await eventually(
    () => world.send('analyst', { path }),
    ({ text }) => isThere(JSON.parse(text) as Evaluated),
  );
  expect(last.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return JSON.parse(last.text) as Evaluated;
}

async function provesTheTables(): Promise<void> {
  await loadSample();
  const query = `${period}&cutOff=2021-07-31`;
  const enough = ({ people }: Evaluated) => people.evidence.length >= 28;
  const { results, people, setAside } = await evaluated(query, enough);
  expect([people.value, setAside.filter(({ reason }) => reason !== 'outside-period')]).toEqual([14, []]);
  const cells = [
    ...publishedCells('t1_mskhq_slowed_progression.csv'),
    ...publishedCells('t2_mskhq_mental_and_physical.csv'),
  ];
  const numbers = [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13];
  const jsonCells = numbers.map((number) => {
    const result = results[number - 1];
    return [result?.improved.value, result?.same.value, result?.worse.value].map(String);
  });
  expect(jsonCells).toEqual(cells.map(([improved = '', same = '', worse = '']) => [improved, same, worse]));
  expect(jsonCells.flat()).toHaveLength(33);

  const rows = await csvRecords(query);
  const ofRow = (row: Record<string, string> | undefined) => ['improved', 'same', 'worse'].map((name) => row?.[name]);
  expect(numbers.map((number) => [...ofRow(rows[number - 1]), rows[number - 1]?.['change_mean']])).toEqual(
    cells.map(([improved, same, worse, mean]) => [improved, same, worse, String(Number(mean))]),
  );
  expect([7, 8, 14, 15].map((number) => [rows[number - 1]?.['item_code'], ...ofRow(rows[number - 1])])).toEqual(
    leftOut(),
  );
  expect(results.map(({ n }) => n.value)).toEqual(Array.from({ length: 15 }, () => 14));

  const report = await actors.read<MeasureReport>('analyst', `Measure/msk-connect/$evaluate-measure?${query}`);
  const improvedIn = (group: number) => report.group?.[group]?.population?.[3]?.count;
  expect([report.measure, numbers.map((number) => String(improvedIn(number - 1)))]).toEqual([
    `${base}/Measure/msk-connect|1.0.0`,
    cells.map(([improved]) => improved),
  ]);
}

/** The rows of the file, each as an answered questionnaire of a referral of its own person. */
async function loadSample(): Promise<void> {
  const people = new Map<string, Referral>();
  for (const record of publishedRecords('sample-rows/mskhq_14x2_SYNTHETIC.csv')) {
    const person = record['participant'] ?? '';
    const referral = people.get(person) ?? (await actors.refer());
    people.set(person, referral);
    const answers = Object.fromEntries(
      mskHq().scoring.items.map(({ linkId }, index) => [linkId, Number(record[columnOf(index)])]),
    );
    const before = record['timepoint'] === 'pre';
    await actors.answer(referral, {
      at: before ? 'baseline' : 'after',
      authored: before ? '2021-03-15' : '2021-07-15',
      answers,
    });
  }
}

/** The columns of a published table, item by item: improved, same, worse, mean change. */
function publishedCells(name: string): string[][] {
  const [, ...rows] = publishedTable(name).map(([, ...cells]) => cells);
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? ''));
}

function leftOut(): string[][] {
  const records = publishedRecords('sample-rows/mskhq_14x2_SYNTHETIC.csv');
  return [
    ['social-hobbies', 'item07'],
    ['needing-help', 'item08'],
    ['overall-impact', 'item14'],
    ['total', 'total'],
  ].map(([code = '', column = '']) => {
    const pointsAt = (when: string) =>
      records.filter(({ timepoint }) => timepoint === when).map((row) => Number(row[column]));
    const [before, after] = [pointsAt('pre'), pointsAt('post')];
    const signs = before.map((points, index) => Math.sign((after[index] ?? 0) - points));
    return [code, ...[1, 0, -1].map((sign) => String(signs.filter((one) => one === sign).length))];
  });
}

/** No cell of these has a comma but the label's. */
async function csvRecords(query: string): Promise<Record<string, string>[]> {
  const path = `/fhir/Measure/msk-connect/$evaluation?${query}&format=csv`;
  const { text, headers } = await world.send('analyst', { path });
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [header = [], ...rows] = text
    .trim()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
    );
  return rows.map((cells) => Object.fromEntries(header.map((column, index) => [column, cells[index] ?? ''])));
}

function columnOf(index: number): string {
  return `item${String(index + 1).padStart(2, '0')}`;
}
