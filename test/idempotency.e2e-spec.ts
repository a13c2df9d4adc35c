import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, OperationOutcome, Patient, Task } from 'fhir/r4';
import pg from 'pg';
import { eventually } from './eventually.js';
import { messageFor } from './messages.js';
import { type Replicas, startReplicas } from './replicas.js';
import type { Answer } from './world.js';

describe('a request that comes again, to any of several processes', () => {
  let replicas: Replicas;
  let one: string;
  let two: string;

  beforeAll(async () => {
    replicas = await startReplicas({ repeatWaitMs: 1_000 });
    [one, two] = replicas.urls;
  }, 60_000);
  afterAll(() => replicas.stop());

  const ids = (): Record<string, string> => ({ 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() });
  const message = (url: string, body: object, headers: Record<string, string>) =>
    replicas.send<Bundle | OperationOutcome>(url, 'practice', {
      method: 'POST',
      path: '/fhir/$process-message',
      body,
      headers,
    });
  const write = <R = FhirResource>(
    url: string,
    request: string,
    body: object | undefined,
    headers: Record<string, string>,
  ) => {
    const [method = '', path = ''] = request.split(' ');
    return replicas.send<R>(url, 'practice', { method: method as 'POST', path, ...(body ? { body } : {}), headers });
  };
  const read = async <R>(path: string): Promise<R> => (await replicas.send<R>(one, 'practice', { path })).body;
  const count = async (query: string): Promise<number> =>
    (await read<Bundle>(`/fhir/${query}${query.includes('?') ? '&' : '?'}_summary=count`)).total ?? -1;
  const patient: Patient = { resourceType: 'Patient' };

  it('has the effect of one, of a hundred messages at one moment, and says of what', async () => {
    const [body, headers, before] = [messageFor(), ids(), await count('ServiceRequest')];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => message(at % 2 === 0 ? one : two, body, headers)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409 || status === 425)).toHaveLength(99);
    expect(await count('ServiceRequest')).toBe(before + 1);
    const duplicate = await message(two, body, headers);
    expect([duplicate.status, codesOf(duplicate)]).toEqual([409, ['duplicate', 'REC_CONFLICT']]);
    expect([duplicate.headers.get('x-request-id'), duplicate.headers.get('x-correlation-id')]).toEqual([
      headers['x-request-id'],
      headers['x-correlation-id'],
    ]);
    const location = new URL(duplicate.headers.get('location') ?? '').pathname;
    expect((await read<FhirResource>(location)).resourceType).toBe('ServiceRequest');
  });

  it('has the effect of one, of a hundred creates at one moment', async () => {
    const [headers, before] = [ids(), await count('Patient')];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => write(at % 2 === 0 ? one : two, 'POST /fhir/Patient', patient, headers)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409 || status === 425)).toHaveLength(99);
    expect(await count('Patient')).toBe(before + 1);
  });

  it('is another request with another body, and refused as a bad one', async () => {
    const [headers, before] = [ids(), await count('ServiceRequest')];
    const first = await message(one, messageFor(), headers);
    const other = await message(two, messageFor(), headers);
    expect([first.status, other.status, codesOf(other)]).toEqual([200, 400, ['invalid', 'REC_BAD_REQUEST']]);
    expect(await count('ServiceRequest')).toBe(before + 1);
  });

  it('is refused the same again, by the other process too, where the same fault would be found again', async () => {
    const headers = ids();
    const wrong = messageFor(({ request }) => {
      request.status = 'completed';
    });
    const answers = [await message(one, wrong, headers), await message(two, wrong, headers)];
    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
  });

  it('waits for the first, is told where that takes long, and finds it done', async () => {
    const { id = '' } = (await write<Patient>(one, 'POST /fhir/Patient', patient, {})).body;
    const headers = ids();
    const put = (url: string) =>
      write<Patient>(url, `PUT /fhir/Patient/${id}`, { ...patient, id, active: true }, headers);
    const held = await holding(id);
    const first = put(one);
    await held.waited(1);
    const early = await put(two);
    const waiting = put(two);
    await held.release();
    expect([early.status, early.headers.get('retry-after')]).toEqual([425, '1']);
    expect([(await first).status, (await waiting).status, (await put(one)).status]).toEqual([200, 409, 409]);
  });

  it('is done once where its process died, whether or not the database went on', async () => {
    for (const isLost of [false, true]) {
      const { id = '' } = (await write<Patient>(one, 'POST /fhir/Patient', patient, {})).body;
      const headers = ids();
      const put = (url: string) =>
        write<Patient>(url, `PUT /fhir/Patient/${id}`, { ...patient, id, active: true }, headers);
      const dying = await replicas.referralProcess();
      const held = await holding(id);
      const first = put(dying.url).catch(() => 'no answer');
      await held.waited(1);
      await dying.kill();
      const early = await put(two);
      if (isLost) await held.endWaiting();
      await held.release();
      const again = await eventually(
        () => put(two),
        ({ status }) => status !== 425,
      );
      expect([await first, early.status, again.status]).toEqual(['no answer', 425, isLost ? 200 : 409]);
      expect((await read<Patient>(`/fhir/Patient/${id}`)).meta?.versionId).toBe('2');
    }
  }, 60_000);

  it('can be done after the broker or the database was away for a moment', async () => {
    const headers = ids();
    const { id = '' } = (await write<Patient>(one, 'POST /fhir/Patient', patient, {})).body;
    const put = () => write<Patient>(one, `PUT /fhir/Patient/${id}`, { ...patient, id, active: true }, headers);
    const held = await holding(id);
    const first = put();
    await held.waited(1);
    await held.endWaiting();
    await held.release();
    const again = await put();
    expect([(await first).status, again.status]).toEqual([503, 200]);
  });

  it('of several owners is done once, and answered again under its Idempotency-Key', async () => {
    const headers = { 'idempotency-key': `"${randomUUID()}"` };
    const organisation: FhirResource = { resourceType: 'Organization', name: 'A gym', active: true };
    const post = (resource: FhirResource) => ({
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource,
      request: { method: 'POST', url: resource.resourceType },
    });
    const body = { resourceType: 'Bundle', type: 'transaction', entry: [post(patient), post(organisation)] };
    const send = (url: string) =>
      replicas.send<Bundle>(url, 'integrator', { method: 'POST', path: '/fhir', body, headers });
    const before = await count('Organization');
    const answers = [await send(one), await send(two)];
    const said = answers.map(({ status, body: answer }) => [
      status,
      answer.entry?.map(({ response }) => response?.location),
    ]);
    expect([said[0]?.[0], said[1]]).toEqual([200, said[0]]);
    expect(await count('Organization')).toBe(before + 1);
  });

  it('is not asked to be new by reads, nor by a message of another client', async () => {
    const headers = ids();
    const reads = [
      await write(one, 'GET /fhir/Patient', undefined, headers),
      await write(two, 'GET /fhir/Patient', undefined, headers),
    ];
    const made = [await write<Task>(one, 'POST /fhir/Patient', patient, headers)];
    const theirs = await replicas.send(two, 'integrator', {
      method: 'POST',
      path: '/fhir/Patient',
      body: patient,
      headers,
    });
    expect([...reads, ...made, theirs].map(({ status }) => status)).toEqual([200, 200, 201, 201]);
  });

  /** Keeps who writes this Patient waiting. */
  async function holding(id: string) {
    const client = new pg.Client({ connectionString: replicas.databaseUrl });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM referral.patient WHERE id = $1 FOR UPDATE', [id]);
    const beside = new pg.Client({ connectionString: replicas.databaseUrl });
    await beside.connect();
    const waiting = `FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND pid <> pg_backend_pid()`;
    return {
      waited: (some: number) =>
        eventually(
          async () => (await beside.query(`SELECT 1 ${waiting}`)).rows.length,
          (found) => found >= some,
        ),
      /** As if the database had noticed that nobody is there any more. */
      endWaiting: async () => {
        await beside.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
      },
      release: async () => {
        await client.query('COMMIT');
        await client.end();
        await beside.end();
      },
    };
  }
});

/** The issue's code, and the standard's. */
function codesOf({ body }: Answer): (string | undefined)[] {
  const [issue] = (body as OperationOutcome).issue;
  return [issue?.code, issue?.details?.coding?.[0]?.code];
}
