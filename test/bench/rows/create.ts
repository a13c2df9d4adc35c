import { serviceUrl } from '#service';
import type { BenchProcess } from '../children/child-process.js';
import type { Comparison, Side } from '../comparison.js';
import type { Installation } from '../installation.js';
import { httpLoad } from '../load/http-load.js';
import { PgLoad } from '../load/pg-load.js';
import { practice, sampleCondition } from '../resources.js';
import { type SameRows, sameRowsOf } from '../same-rows.js';
import type { Served } from './served.js';

/** A create through everything, beside what its parts cost alone. */
export async function createComparison(
  served: Served,
): Promise<{ comparison: Comparison; close: () => Promise<void> }> {
  const { installation, url } = served;
  const { connections } = installation.settings;
  const body = JSON.stringify(sampleCondition('bench-patient-0'));
  const headers = { ...served.headers, 'content-type': 'application/fhir+json' };
  const post = { method: 'POST', body, headers, connections } as const;
  const rows = await rowsOfOne(served, { body, headers });
  const load = await PgLoad.connect({
    url: serviceUrl(installation.infrastructure.databaseUrl, 'referral'),
    schema: 'referral',
    audience: ['*'],
    connections,
  });
  const fastify = await installation.startProcess('bare-fastify.js', '');
  const sides: [Side, ...Side[]] = [
    {
      name: 'POST /fhir/Condition',
      run: (seconds) => httpLoad({ ...post, url, paths: ['/fhir/Condition'] }, seconds),
      settle: () => outboxIsEmpty(installation),
    },
    { name: 'pg, the same rows in one statement', run: (seconds) => load.run(rows.next, seconds) },
    { name: 'pg, the content row alone', run: (seconds) => load.run(contentRow(body), seconds) },
    fastifySide(fastify, post),
  ];
  const comparison: Comparison = {
    name: 'create',
    by: 'rate',
    sides,
    goals: [{ of: 'ratio', to: 'pg, the same rows in one statement', atLeast: 0.5 }],
    about: { bytes: Buffer.byteLength(body), rowsWritten: rows.counts },
  };
  return { comparison, close: () => Promise.all([load.close(), fastify.stop()]).then(() => undefined) };
}

function fastifySide(
  fastify: BenchProcess,
  post: Pick<Parameters<typeof httpLoad>[0], 'method' | 'body' | 'headers' | 'connections'>,
): Side {
  const url = String(fastify.ready);
  return {
    name: 'bare Fastify, the same body',
    run: (seconds) => httpLoad({ ...post, url, paths: ['/'] }, seconds),
  };
}

async function rowsOfOne(
  { installation, url }: Served,
  sent: { body: string; headers: Record<string, string> },
): Promise<SameRows> {
  const answer = await fetch(`${url}/fhir/Condition`, { method: 'POST', ...sent });
  if (answer.status !== 201) throw new Error(`POST /fhir/Condition was answered ${String(answer.status)}.`);
  const { id } = (await answer.json()) as { id: string };
  await outboxIsEmpty(installation);
  return sameRowsOf(installation.admin, { schema: 'referral', table: 'referral.condition', id });
}

function contentRow(body: string): () => { name: string; text: string; values: unknown[] } {
  return () => ({
    name: 'bench-content-row',
    text: `INSERT INTO condition (type, id, version, last_updated, audience, deleted, content)
           VALUES ('Condition', $1, 1, now(), $2, false, $3)`,
    values: [crypto.randomUUID(), [practice], body],
  });
}

/** The relay has sent what the creates before left behind. */
async function outboxIsEmpty({ admin }: Installation): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const { rowCount } = await admin.query('SELECT 1 FROM referral.outbox WHERE published_at IS NULL LIMIT 1');
    if (rowCount === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The relay did not send the events of the creates within a minute.');
}
