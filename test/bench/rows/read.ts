import { serviceUrl } from '#service';
import type { Comparison } from '../comparison.js';
import { httpLoad } from '../load/http-load.js';
import { PgLoad } from '../load/pg-load.js';
import { practice } from '../resources.js';
import type { Served } from './served.js';

/** A read by id, beside the bare row and a bare answer. Every side goes through the same ids. */
export async function readComparison(served: Served): Promise<{ comparison: Comparison; close: () => Promise<void> }> {
  const { installation, url, headers } = served;
  const { connections, rows } = installation.settings;
  const ids = Array.from({ length: Math.min(rows, 500) }, (_, at) => `bench-task-${String(at)}`);
  const answer = await fetch(`${url}/fhir/Task/bench-task-0`, { headers });
  if (answer.status !== 200) throw new Error(`GET /fhir/Task/bench-task-0 was answered ${String(answer.status)}.`);
  const content = await answer.text();
  const fastify = await installation.startProcess('bare-fastify.js', content);
  const load = await PgLoad.connect({
    url: serviceUrl(installation.infrastructure.databaseUrl, 'referral'),
    schema: 'referral',
    audience: [practice, 'public'],
    connections,
  });
  let turn = 0;
  const next = () => ({
    name: 'bench-read',
    text: "SELECT content FROM task WHERE type = 'Task' AND id = $1",
    values: [ids[(turn += 1) % ids.length]],
  });
  const get = { method: 'GET', connections } as const;
  const comparison: Comparison = {
    name: 'read',
    by: 'rate',
    sides: [
      {
        name: 'GET /fhir/Task/:id',
        run: (seconds) => httpLoad({ ...get, url, headers, paths: ids.map((id) => `/fhir/Task/${id}`) }, seconds),
      },
      { name: 'pg, the row by its id', run: (seconds) => load.run(next, seconds) },
      {
        name: 'bare Fastify, a constant body',
        run: (seconds) => httpLoad({ ...get, url: String(fastify.ready), headers: {}, paths: ['/'] }, seconds),
      },
    ],
    goals: [{ of: 'ratio', to: 'pg, the row by its id', atLeast: 0.5 }],
    about: { bytes: Buffer.byteLength(content), rows, ids: ids.length },
  };
  return { comparison, close: () => Promise.all([load.close(), fastify.stop()]).then(() => undefined) };
}
