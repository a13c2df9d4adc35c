import { parseSearch } from '#fhir-search';
import { explain } from '../test/explain.js';
import { seedTasks } from '../test/many-tasks.js';
import { openStore, type OpenedStore } from '../test/opened-store.js';
import { countStatement, pageStatement, referrersStatement } from './search-statement.js';

let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore();
  const from = Date.now();
  await seedTasks(opened, 200_000);
  console.log('seed custom', Date.now() - from);
}, 120_000);
afterAll(async () => {
  await opened.close();
});

const queries = [
  'identifier=https://ginnel.example/referral|referral-100007',
  'identifier=referral-100007,referral-100008',
  'patient=Patient/4242',
  'subject=Patient/4242',
  'patient=Patient/4242&status=requested,in-progress',
  'status=requested&owner=Organization/big',
  'status=requested&owner=Organization/small',
  'status=requested,in-progress',
  'status=rejected',
  'status:not=completed',
  '',
  '_lastUpdated=ge2026-03-01&_lastUpdated=lt2026-03-02',
  '_sort=_lastUpdated',
  'authored-on=2026-03-01',
  '_id=task-7,task-8',
  'authored-on=ge2026-05-15',
  'authored-on=2026-03',
  'authored-on=ge2026-03-01&authored-on=lt2026-03-02',
];
const readers = [['big', 'public'], ['small', 'public'], ['*']];

describe('with 200,000 tasks, of which one organisation sees most', () => {
  it.each(['custom', 'generic'] as const)('plans %s', async (mode) => {
    for (const asked of queries) {
      for (const reader of readers) {
        const { query } = parseSearch('Task', new URLSearchParams(`${asked}&_count=20`), { lenient: false });
        const plan = await explain(opened, pageStatement(query, reader), { mode, audience: reader.join(',') });
        console.log(mode, reader[0], asked, plan.milliseconds, plan.planning, plan.scanned.join(), plan.wasted);
      }
    }
    const { query } = parseSearch('Task', new URLSearchParams(`status=requested`), { lenient: false });
    for (const reader of readers) {
      const plan = await explain(opened, countStatement(query, reader), { mode, audience: reader.join(',') });
      console.log(
        mode,
        reader[0],
        'count requested',
        plan.milliseconds,
        plan.planning,
        plan.scanned.join(),
        plan.wasted,
      );
    }
    referrersStatement;
  });
});
