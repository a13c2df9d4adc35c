import type { Task } from 'fhir/r4';
import { FhirError } from '#fhir';
import { DatabaseUnavailable } from '#postgres';
import { act, asAdmin, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { Random } from '../test/random.js';
import type { Act, Stored, Write } from './stored.js';

let clock = new Date('2026-03-14T09:30:00.123Z');
let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore({ now: () => clock });
});
afterEach(async () => {
  await opened.empty();
});
afterAll(async () => {
  await opened.close();
});

const replace = (stored: Stored, more: Partial<Task> = {}, version = stored.version): Write => ({
  interaction: 'update',
  resource: { ...(JSON.parse(stored.content) as Task), ...more },
  audience: stored.audience,
  version,
});

async function written(write: Write, more: Partial<Act> = {}): Promise<Stored> {
  const [stored] = await opened.store.commit([write], { ...act, ...more });
  return stored as Stored;
}

/** How many acts each statement wrote, as the transactions of their audit rows say. */
async function groupSizes(): Promise<number[]> {
  const rows = await opened.rows('SELECT count(*)::int AS acts FROM audit_event GROUP BY xmin ORDER BY 1');
  return rows.map(({ acts }) => Number(acts));
}

const conflict: unknown = expect.objectContaining({ status: 409 });

describe('commits of one write each that come at the same moment', () => {
  it('go together in few statements, each with its own version, values, audience, audit row and event', async () => {
    const acts = Array.from({ length: 40 }, (_, at) => ({
      agent: `client-${String(at)}`,
      organisation: `organisation-${String(at)}`,
      interaction: 'create',
      requestId: `request-${String(at)}`,
      correlationId: `conversation-${String(at)}`,
      traceparent: `00-4bf92f3577b34da6a3ce929d0e0e47${String(10 + at)}-00f067aa0ba902b7-01`,
    }));
    const all = await Promise.all(
      acts.map((each, at) => {
        const task = taskOf({
          id: `t-${String(at)}`,
          status: 'requested',
          description: `é “${'😀'.repeat(at)}” \\ \u2028`,
        });
        return written(create(task, [each.organisation]), each);
      }),
    );
    expect((await groupSizes()).length).toBeLessThan(10);
    for (const [at, { agent, organisation, interaction, requestId, correlationId, traceparent }] of acts.entries()) {
      const id = `t-${String(at)}`;
      expect(await opened.store.read('Task', id, [organisation])).toEqual(all[at]);
      expect(JSON.parse(all[at]?.content ?? '')).toMatchObject({ id, description: `é “${'😀'.repeat(at)}” \\ \u2028` });
      expect(await opened.rows('SELECT * FROM outbox WHERE resource_id = $1', [id])).toEqual([
        expect.objectContaining({ type: 'task-created.v1', version: 1, audience: [organisation], agent, traceparent }),
      ]);
      expect(
        await opened.rows(
          `SELECT agent, organisation, interaction, request_id, correlation_id, recorded, length(digest) AS digest
             FROM audit_event WHERE entities = ARRAY[$1]`,
          [`Task/${id}/_history/1`],
        ),
      ).toEqual([
        {
          agent,
          organisation,
          interaction,
          request_id: requestId,
          correlation_id: correlationId,
          recorded: clock,
          digest: 32,
        },
      ]);
      expect(await opened.rows('SELECT organisation FROM audience WHERE id = $1', [id])).toEqual([{ organisation }]);
    }
  });

  it.each([1, 2, 3])('are answered each for itself where some cannot be written (seed %i)', async (seed) => {
    const random = new Random(seed);
    const before = await Promise.all(
      Array.from({ length: 60 }, (_, at) => written(create(taskOf({ id: `old-${String(at)}` })))),
    );
    const asked = Array.from({ length: 500 }, (_, at) => oneOfMany(random, before, at));
    const answers = await Promise.allSettled(
      asked.map(({ write }, at) => written(write, { agent: `a-${String(at)}`, correlationId: `c-${String(at)}` })),
    );
    const wins = new Map<string, number>();
    for (const [at, answer] of answers.entries()) {
      const { id, mayWin } = asked[at] as OneOfMany;
      if (answer.status === 'rejected') {
        expect(answer.reason).toEqual(conflict);
        continue;
      }
      expect({ id, mayWin }).toEqual({ id, mayWin: true });
      wins.set(id, (wins.get(id) ?? 0) + 1);
      const { version } = answer.value;
      const agent = `a-${String(at)}`;
      expect(await opened.store.readVersion('Task', id, version, ['moor-practice'])).toEqual(answer.value);
      expect(
        await opened.rows('SELECT agent FROM outbox WHERE resource_id = $1 AND version = $2', [id, version]),
      ).toEqual([{ agent }]);
      expect(
        await opened.rows('SELECT agent FROM audit_event WHERE entities = ARRAY[$1]', [
          `Task/${id}/_history/${String(version)}`,
        ]),
      ).toEqual([{ agent }]);
    }
    // Of all who want one thing exactly one has it, and whoever is alone with a wish has it.
    const wanted = new Set(asked.filter(({ mayWin }) => mayWin).map(({ id }) => id));
    expect(wins).toEqual(new Map([...wins.keys()].map((id) => [id, 1])));
    expect(new Set(wins.keys())).toEqual(wanted);
    const commits = before.length + wins.size;
    const updated = [...wins.keys()].filter((id) => id.startsWith('old-')).length;
    expect(await opened.counts()).toMatchObject({
      resource: commits - updated,
      history: updated,
      task_search: commits - updated,
      audience: commits - updated,
      audit_event: commits,
      outbox: commits,
    });
  });

  it('do not wait for a row that a transaction holds, unless it is their own', async () => {
    const [held, free] = await Promise.all([
      written(create(taskOf({ id: 'held' }))),
      written(create(taskOf({ id: 'free' }))),
    ]);
    const waits = await opened.database.transaction(['*'], async (tx) => {
      await tx.query({ text: "SELECT 1 FROM resource WHERE type = 'Task' AND id = 'held' FOR UPDATE" });
      const late = Array.from({ length: 5 }, () => written(replace(held, { status: 'accepted' })));
      const others = Array.from({ length: 20 }, () => written(create(taskOf())));
      expect(await Promise.all([written(replace(free, { status: 'accepted' })), ...others])).toHaveLength(21);
      return late.map((each) =>
        each.then(
          () => 'written',
          () => 'refused',
        ),
      );
    });
    expect((await Promise.all(waits)).sort()).toEqual(['refused', 'refused', 'refused', 'refused', 'written']);
  });

  it('are not sent again where the connection was lost, because nobody knows what became of them', async () => {
    const { store } = opened.beside({ applicationName: 'to-be-lost' });
    const answers = await new Promise<PromiseSettledResult<Stored[]>[]>((resolve, reject) => {
      opened
        .whileLocked('audit_event', async () => {
          const commits = Array.from({ length: 30 }, () => store.commit([create(taskOf())], act));
          const settled = Promise.allSettled(commits);
          // One statement after the other: those that wait behind are sent once these have ended.
          for (let ended = false; !ended;) {
            await asAdmin(
              opened.adminUrl,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to-be-lost' AND wait_event_type = 'Lock'",
            );
            ended = await Promise.race([
              settled.then(() => true),
              new Promise<false>((done) => setImmediate(done, false)),
            ]);
          }
          resolve(await settled);
        })
        .catch(reject);
    });
    expect(answers.map((answer) => answer.status === 'rejected' && isLost(answer.reason))).toEqual(
      answers.map(() => true),
    );
    expect(await opened.counts()).toMatchObject({ resource: 0, audit_event: 0, outbox: 0 });
  });

  it('are refused, and not written late, where they waited longer than a connection is waited for', async () => {
    const begun = clock;
    let answers: Promise<PromiseSettledResult<Stored>[]> = Promise.resolve([]);
    try {
      await opened.whileLocked('audit_event', async () => {
        answers = Promise.allSettled(Array.from({ length: 10 }, () => written(create(taskOf()))));
        await Promise.resolve();
        clock = new Date(begun.getTime() + 10_001);
      });
      const settled = await answers;
      const refused = settled.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason as unknown);
      expect(refused.every((reason) => reason instanceof DatabaseUnavailable)).toBe(true);
      expect({ refused: refused.length, written: await opened.counts() }).toMatchObject({
        refused: 7,
        written: { resource: 3, audit_event: 3, outbox: 3 },
      });
    } finally {
      clock = begun;
    }
  });
});

interface OneOfMany {
  write: Write;
  id: string;
  mayWin: boolean;
}

/** A new Task, one whose id may be wanted by others or is taken, or an update of the current or of another version. */
function oneOfMany(random: Random, before: readonly Stored[], at: number): OneOfMany {
  const old = random.oneOf(before);
  const wish = random.oneOf(['new', 'new', 'new', 'wanted', 'taken', 'update', 'overtaken'] as const);
  if (wish === 'update') return { write: replace(old, { status: 'accepted' }), id: old.id, mayWin: true };
  if (wish === 'overtaken') return { write: replace(old, {}, old.version + 5), id: old.id, mayWin: false };
  const ids = { new: `new-${String(at)}`, wanted: `wanted-${String(at % 7)}`, taken: old.id };
  return { write: create(taskOf({ id: ids[wish] })), id: ids[wish], mayWin: wish !== 'taken' };
}

function isLost(reason: unknown): boolean {
  return (
    !(reason instanceof FhirError) &&
    reason instanceof Error &&
    'code' in reason &&
    /^(57P01|08)/.test(String(reason.code))
  );
}
