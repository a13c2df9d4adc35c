import { randomUUID } from 'node:crypto';
import type { Bundle, HealthcareService, Task } from 'fhir/r4';
import { activity, Bundles, patient, statusesOf, task, wish } from '../../test/bundles.js';
import { issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;
const bundles = new Bundles(() => server);

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

interface Created {
  resourceType: string;
  id: string;
}

function commented(service: Created, comment: string): Created {
  return { ...service, comment } as Created;
}

function described(job: Created, status: string, description: string): Created {
  return { ...job, status, description } as Created;
}

describe('a transaction of two services', () => {
  const refused = { ...wish, resource: { ...wish.resource, status: 'draft', subject: { display: 'x' } } };

  it('is written whole', async () => {
    const id = randomUUID();
    const named = {
      resource: { resourceType: 'HealthcareService', id, comment: 'one' },
      request: { method: 'PUT', url: `HealthcareService/${id}` },
    };
    const made = await bundles.send('provider', patient, named, {
      request: { method: 'GET', url: `HealthcareService/${id}` },
    });
    expect(statusesOf(made)).toEqual(['201 Created', '201 Created', '200 OK']);
    const changed = {
      ...named,
      resource: { ...named.resource, comment: 'two' },
      request: { ...named.request, ifMatch: 'W/"1"' },
    };
    const again = await bundles.send('provider', changed, patient, {
      request: { method: 'GET', url: `HealthcareService/${id}` },
    });
    expect(statusesOf(again)).toEqual(['200 OK', '201 Created', '200 OK']);
    expect((again.body as Bundle<HealthcareService>).entry?.[2]?.resource).toMatchObject({ comment: 'two' });
    const ended = await bundles.send('provider', patient, {
      request: { method: 'DELETE', url: `HealthcareService/${id}` },
    });
    expect(statusesOf(ended)).toEqual(['201 Created', '204 No Content']);
    expect((await server.call(`GET /fhir/HealthcareService/${id}`)).status).toBe(410);
  });

  it('is not written at all where one of them refuses its part', async () => {
    const before = [await bundles.countOf('Patient'), await bundles.countOf('HealthcareService')];
    const answer = await bundles.send('provider', activity, patient, refused);
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([422, ['Bundle.entry[2].resource.status']]);
    expect([await bundles.countOf('Patient'), await bundles.countOf('HealthcareService')]).toEqual(before);
  });

  it('is not written at all where a version is not the one that is there, and lets go what it held', async () => {
    const service = await bundles.created('provider', activity.resource);
    const job = await bundles.created('provider', task);
    const put = (resource: { resourceType: string; id: string }, ifMatch: string): object => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ifMatch },
    });
    const changed = [
      { ...service, comment: 'changed' },
      { ...job, status: 'received' },
    ] as const;
    const stale = await bundles.send('provider', put(changed[0], 'W/"1"'), put(changed[1], 'W/"7"'));
    expect([stale.status, issuesOf(stale)[0]?.expression]).toEqual([412, ['Bundle.entry[1]']]);
    const fresh = await bundles.send('provider', put(changed[0], 'W/"1"'), put(changed[1], 'W/"1"'));
    expect(statusesOf(fresh)).toEqual(['200 OK', '200 OK']);
  });

  it('of two that change the same in opposite order, one is written and none waits for the other', async () => {
    const service = await bundles.created('provider', activity.resource);
    const job = await bundles.created('provider', task);
    for (let version = 1; version <= 5; version++) {
      const put = (resource: Created): object => ({
        resource,
        request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ifMatch: `W/"${String(version)}"` },
      });
      const status = version % 2 === 0 ? 'received' : 'accepted';
      const [one, other] = ['one', 'other'].map((comment) => [
        put(commented(service, `${comment} ${String(version)}`)),
        put(described(job, status, comment)),
      ]);
      const answers = await Promise.all([
        bundles.send('provider', ...(one ?? [])),
        bundles.send('provider', ...(other ?? []).reverse()),
      ]);
      const told = answers.map((answer) => answer.status).sort((a, b) => a - b);
      expect([told[0], [409, 412].includes(told[1] ?? 0)]).toEqual([200, true]);
    }
    const { body } = await server.call(`GET /fhir/Task/${job.id}`, { token: 'provider' });
    expect((body as Task).meta?.versionId).toBe('6');
  });
});
