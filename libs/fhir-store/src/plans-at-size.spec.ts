import type { SearchQuery } from '#fhir-search';
import { parseSearch } from '#fhir-search';
import { explain, plansMade } from '../test/explain.js';
import { seedTasks } from '../test/many-tasks.js';
import { openStore, type OpenedStore } from '../test/opened-store.js';
import { includeStatement } from './include-parts.js';
import { pageStatement } from './search-statement.js';

let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore();
  await seedTasks(opened, 100_000);
}, 120_000);
afterAll(async () => {
  await opened.close();
});

/** Whoever has 800 may have each of them looked at twice. */
const mostWasted = 1600;
const readers = [['big', 'public'], ['small', 'public'], ['*']];
const holds = (type: string): boolean => type === 'Task' || type === 'Patient';

const queries = [
  'identifier=https://ginnel.example/referral|referral-7',
  'identifier=referral-7,referral-8',
  'patient=Patient/person-42',
  'subject=Patient/person-42&status=requested,in-progress',
  'status=requested&owner=Organization/big',
  'status=requested&requester=Organization/small',
  'owner=Organization/big',
  'status=requested,in-progress',
  'status=rejected',
  'status:not=completed',
  '',
  '_sort=_lastUpdated',
  '_lastUpdated=ge2026-03-01&_lastUpdated=lt2026-03-02',
  'authored-on=2026-03-01',
  'authored-on=ge2026-05-15',
  '_id=task-7,task-8',
  '_sort=status',
  '_sort=-authored-on',
  '_sort=identifier',
  'code:text=fulfill',
  'patient.identifier=person-7',
  'part-of.identifier=referral-7',
  'part-of.status=rejected',
  'deadline=lt2026-01-06T12:00',
  'deadline=lt2026-02-01',
  'deadline=lt2027-01-01',
];

function queryOf(asked: string): SearchQuery {
  return parseSearch('Task', new URLSearchParams(`${asked}&_count=20`), { lenient: false }).query;
}

describe('among 100,000 tasks, six in ten of which one organisation sees', () => {
  describe.each(readers)('%s', (...reader) => {
    const audience = reader.join(',');

    it.each(queries)('finds %s by index, under a plan for its values', async (asked) => {
      const plan = await explain(opened, pageStatement(queryOf(asked), { reader, holds }), {
        mode: 'custom',
        audience,
      });
      expect(plan.scanned).toEqual([]);
      expect(plan.wasted).toBeLessThanOrEqual(mostWasted);
    });

    // What is sorted by a value is never planned for any.
    const planned = queries.filter((asked) => !/_sort=-?[a-z]/.test(asked));

    it.each(planned)('finds %s by index, under a plan for any values', async (asked) => {
      const plan = await explain(opened, pageStatement(queryOf(asked), { reader, holds }), {
        mode: 'generic',
        audience,
      });
      expect(plan.scanned).toEqual([]);
    });

    it('looks for what another organisation owns among that alone, where nothing of it may be seen', async () => {
      const asked = queryOf('status=requested&owner=Organization/provider-7');
      const plan = await explain(opened, pageStatement(asked, { reader, holds }), { mode: 'custom', audience });
      expect(plan.scanned).toEqual([]);
      expect(plan.wasted).toBeLessThanOrEqual(2000);
    });

    it('finds what is overdue among what waits, and looks at nothing else', async () => {
      const asked = queryOf('status=requested&owner=Organization/big&deadline=lt2026-02-01');
      const plan = await explain(opened, pageStatement(asked, { reader, holds }), { mode: 'custom', audience });
      expect(plan.scanned).toEqual([]);
      // One in eleven waits, and six in ten of those are big's.
      expect(plan.wasted).toBeLessThanOrEqual(100_000 / 11);
    });

    it.each(['identifier=referral-', 'patient=Patient/person-', 'patient.identifier=person-'])(
      'keeps one plan for %s, whatever is sought',
      async (asked) => {
        const statements = Array.from({ length: 12 }, (_, at) =>
          pageStatement(queryOf(`${asked}${String(at)}`), { reader, holds }),
        );
        // PostgreSQL tries five plans for their values first.
        expect(await plansMade(opened, statements, audience)).toEqual({ custom: 5, generic: 7 });
      },
    );

    it('goes on from any place by index', async () => {
      const place = { values: ['2026-03-01 00:00:00+00'], id: 'task-1' };
      const plan = await explain(opened, pageStatement(queryOf(''), { reader, holds }, place), {
        mode: 'custom',
        audience,
      });
      expect([plan.scanned, plan.wasted]).toEqual([[], 0]);
    });

    it.each(['custom', 'generic'] as const)('finds what points to a page by index, under a %s plan', async (mode) => {
      const references = Array.from({ length: 20 }, (_, at) => `Patient/${String(at)}`);
      const { includes } = parseSearch('Patient', new URLSearchParams('_revinclude=Task:patient'), {
        lenient: false,
      }).query;
      const statement = includeStatement(includes, { references, reader, holds });
      expect((await explain(opened, statement, { mode, audience })).scanned).toEqual([]);
    });
  });
});
