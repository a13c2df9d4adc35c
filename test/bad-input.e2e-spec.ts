import { randomUUID } from 'node:crypto';
import type {
  Bundle,
  FhirResource,
  OperationOutcome,
  Patient,
  QuestionnaireResponse,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import pg from 'pg';
import { answersToResponse, loadProgramme } from '#programmes';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import { schemas } from './schemas.js';
import { type Answer, type Sent, startWorld, type World } from './world.js';

describe('bad input', () => {
  let world: World;
  let database: pg.Client;
  let referral: { patient: string; request: string; task: string };
  let stranger: string;

  beforeAll(async () => {
    world = await startWorld();
    database = new pg.Client({ connectionString: world.databaseUrl });
    await database.connect();
    referral = await refer('staying-steady');
    stranger = (await refer('games-cafe')).patient;
  });

  afterAll(async () => {
    await database.end();
    await world.stop();
  });

  it.each([
    ['truncated JSON', '{"resourceType":"Patient","name":[', 400, /line 1/],
    ['the same key twice', '{"resourceType":"Patient","gender":"male","gender":"female"}', 400, /gender/],
    ['a depth of 200', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, 400, /deep|depth|levels/],
    ['no JSON at all', 'resourceType=Patient', 400, /JSON/],
    ['an array', '[]', 400, /./],
    ['another type than the address says', '{"resourceType":"Task"}', 400, /Patient/],
    ['a status that does not exist', '{"resourceType":"Patient","gender":"unsure"}', 400, /Patient\.gender/],
    ['a day that does not exist', '{"resourceType":"Patient","birthDate":"2026-02-30"}', 400, /Patient\.birthDate/],
    ['an element that does not exist', '{"resourceType":"Patient","nmae":[{"family":"X"}]}', 400, /name/],
    ['a script in the narrative', scripted(), 400, /text/],
  ])('%s is refused with what and where', async (_name, body, status, where) => {
    await refuses({ method: 'POST', path: '/fhir/Patient', body }, { status, where });
  });

  it('10 MB are refused without being parsed', async () => {
    const body = `{"resourceType":"Patient","text":"${'x'.repeat(10 * 1024 * 1024)}"}`;
    await refuses({ method: 'POST', path: '/fhir/Patient', body }, { status: 413, where: /bytes/ });
  });

  it.each([
    [
      'a Bundle without MessageHeader',
      (bundle: Bundle) => ({ ...bundle, entry: bundle.entry?.slice(1) }),
      400,
      /MessageHeader/,
    ],
    ['an unknown event', (bundle: Bundle) => changed(bundle, 'servicerequest-request', 'no-such-event'), 400, /event/],
    ['an unknown service', (bundle: Bundle) => changed(bundle, '2000099911', '2000000000'), 404, /destination/],
    ['a reference to nothing', (bundle: Bundle) => dangling(bundle), 400, /reference|Reference/],
    ['a status that does not exist', (bundle: Bundle) => changed(bundle, '"finished"', '"begun"'), 400, /status/],
    [
      'a CarePlan that is not completed',
      (bundle: Bundle) => changed(bundle, '"completed"', '"active"'),
      400,
      /CarePlan|status/,
    ],
  ])('a message with %s is refused with what and where', async (_name, change, status, where) => {
    const message = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    await refuses(
      { method: 'POST', path: '/fhir/$process-message', body: change(message), headers },
      { status, where },
    );
  });

  it('a message that is right is taken', async () => {
    const message = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    const answer = await world.send('practice', {
      method: 'POST',
      path: '/fhir/$process-message',
      body: message,
      headers,
    });
    expect([answer.status, answer.text.includes('GIN-')]).toEqual([200, true]);
  });

  it.each([
    [
      'a performer that the directory does not know',
      { performer: [{ reference: 'HealthcareService/nowhere' }] },
      /ServiceRequest\.performer/,
    ],
    ['a subject that nobody sent', { subject: { reference: 'Patient/nobody' } }, /ServiceRequest\.subject/],
    ['no performer', { performer: undefined }, /ServiceRequest\.performer/],
    ['a status that no new one has', { status: 'completed' }, /ServiceRequest\.status/],
    [
      'another organisation as requester',
      { requester: { reference: 'Organization/project-6' } },
      /ServiceRequest\.requester/,
    ],
  ])('a ServiceRequest with %s is refused', async (_name, change, where) => {
    const body = { ...requestFor(referral.patient, 'staying-steady'), ...change };
    await refuses({ method: 'POST', path: '/fhir/ServiceRequest', body }, { status: /^4\d\d$/, where });
  });

  it('a Task moved by a stranger is not there for it', async () => {
    const task = await taskNow();
    await refuses(update({ ...task, status: 'accepted' }), { as: 'provider-project6', status: 404, where: /./ });
  });

  it('a Task moved by the side that may not is forbidden', async () => {
    const task = await taskNow();
    await refuses(update({ ...task, status: 'accepted' }), { as: 'practice', status: 403, where: /Task\.status/ });
  });

  it('a Task moved out of order is told what is allowed', async () => {
    const task = await taskNow();
    await refuses(update({ ...task, status: 'completed' }), {
      as: 'provider-khl',
      status: 422,
      where: /allowed are received/,
    });
  });

  it('a Task rejected without a reason is told the codes', async () => {
    const task = await taskNow();
    await refuses(update({ ...task, status: 'rejected' }), {
      as: 'provider-khl',
      status: 422,
      where: /Task\.statusReason/,
    });
  });

  it('a Task of an older version is not overwritten', async () => {
    const task = await taskNow();
    const stale = { ...update({ ...task, status: 'accepted' }), headers: { 'if-match': 'W/"99"' } };
    await refuses(stale, { as: 'provider-khl', status: 412, where: /./ });
  });

  it("answers for another person's referral are refused", async () => {
    const response = answers({ patient: stranger, request: referral.request });
    await refuses(create(response), { as: 'provider-khl', status: 422, where: /QuestionnaireResponse\.subject/ });
  });

  it('answers to a referral that the caller may not see are refused as if it were not there', async () => {
    const response = answers(referral);
    await refuses(create(response), { as: 'provider-project6', status: 422, where: /QuestionnaireResponse\.basedOn/ });
  });

  it('answers that are no options are refused', async () => {
    const wrong = { linkId: 'sleep', answer: [{ valueCoding: { system: 'urn:x', code: 'fine' } }] };
    const response = { ...answers(referral), item: [wrong] };
    await refuses(create(response), { as: 'provider-khl', status: 422, where: /QuestionnaireResponse\.item\[0\]/ });
  });

  it('without a token nothing is answered but what the server is', async () => {
    const read = await world.send<OperationOutcome>(undefined, { path: `/fhir/Patient/${referral.patient}` });
    const metadata = await world.send(undefined, { path: '/fhir/metadata' });
    expect([read.status, read.body.issue[0]?.code, metadata.status]).toEqual([401, 'login', 200]);
  });

  it("another practice's and another charity's records are not there", async () => {
    const paths = [
      `/fhir/Patient/${referral.patient}`,
      `/fhir/ServiceRequest/${referral.request}`,
      `/fhir/Task/${referral.task}`,
    ];
    const answered = await Promise.all(paths.map((path) => world.send('provider-project6', { path })));
    const missing = await world.send('provider-project6', { path: '/fhir/Patient/nobody' });
    expect(answered.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(withoutIds(answered[0])).toEqual(withoutIds(missing));
  });

  /** The request is refused as told; nothing comes of it but one entry in the audit, which says that it was. */
  async function refuses(
    sent: Sent,
    { as = 'practice', status, where }: { as?: Parameters<World['send']>[0]; status: number | RegExp; where: RegExp },
  ): Promise<void> {
    const before = await rows();
    const answer = await world.send<OperationOutcome>(as, sent);
    const [issue] = answer.body.issue;
    expect(String(answer.status)).toMatch(typeof status === 'number' ? new RegExp(`^${String(status)}$`) : status);
    expect([answer.body.resourceType, issue?.severity]).toEqual(['OperationOutcome', 'error']);
    expect(`${issue?.expression?.join() ?? ''} ${issue?.diagnostics ?? ''}`).toMatch(where);
    expect(await rows()).toEqual(before);
    expect(await enteredAs(answer.headers.get('x-request-id') ?? '')).toEqual([answer.status]);
  }

  async function enteredAs(requestId: string): Promise<number[]> {
    const entries = schemas.map((schema) => `SELECT status FROM ${schema}.audit_event WHERE request_id = $1`);
    const { rows: found } = await database.query<{ status: number }>(entries.join(' UNION ALL '), [requestId]);
    return found.map(({ status }) => status);
  }

  async function rows(): Promise<unknown> {
    const tables = schemas.flatMap((schema) =>
      ['history', 'outbox', 'used_key', 'audit_event WHERE wrote'].map((table) => `${schema}.${table}`),
    );
    const counts = tables.map((table) => `SELECT '${table}' AS name, count(*)::int AS rows FROM ${table}`);
    return (await database.query(counts.join(' UNION ALL '))).rows;
  }

  async function refer(activity: string): Promise<{ patient: string; request: string; task: string }> {
    const patient = await created<Patient>({ resourceType: 'Patient', name: [{ family: 'Invented' }] });
    const request = await created<ServiceRequest>(requestFor(patient.id ?? '', activity));
    const found = await world.send<Bundle<Task>>('practice', {
      path: `/fhir/Task?focus=ServiceRequest/${request.id ?? ''}&part-of:missing=false`,
    });
    return { patient: patient.id ?? '', request: request.id ?? '', task: found.body.entry?.[0]?.resource?.id ?? '' };
  }

  async function created<R>(body: FhirResource): Promise<R> {
    const answer = await world.send<R>('practice', { method: 'POST', path: `/fhir/${body.resourceType}`, body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  async function taskNow(): Promise<Task> {
    return (await world.send<Task>('provider-khl', { path: `/fhir/Task/${referral.task}` })).body;
  }
});

function requestFor(patient: string, activity: string): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/${patient}` },
    performer: [{ reference: `HealthcareService/${activity}` }],
  };
}

function answers({ patient, request }: { patient: string; request: string }): QuestionnaireResponse {
  const questionnaire = loadProgramme('msk-connect').questionnaires.find(({ id }) => id === 'msk-hq');
  if (!questionnaire) throw new Error('MSK Connect has no MSK-HQ.');
  const response = answersToResponse(questionnaire, { sleep: 2 }, { subject: { reference: `Patient/${patient}` } });
  return { ...response, authored: '2026-11-01', basedOn: [{ reference: `ServiceRequest/${request}` }] };
}

function update(task: Task): Sent {
  return { method: 'PUT', path: `/fhir/Task/${task.id ?? ''}`, body: task };
}

function create(body: FhirResource): Sent {
  return { method: 'POST', path: `/fhir/${body.resourceType}`, body };
}

function changed(bundle: Bundle, from: string, to: string): Bundle {
  const text = JSON.stringify(bundle);
  if (!text.includes(from)) throw new Error(`The message does not hold ${from}.`);
  return JSON.parse(text.replace(from, to)) as Bundle;
}

/** One reference of the message leads nowhere. */
function dangling(bundle: Bundle): Bundle {
  const condition = bundle.entry?.find(({ resource }) => resource?.resourceType === 'Condition')?.fullUrl ?? '';
  return JSON.parse(
    JSON.stringify(bundle).replace(`"reference":"${condition}"`, `"reference":"urn:uuid:${randomUUID()}"`),
  ) as Bundle;
}

function scripted(): string {
  const div = '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>';
  return JSON.stringify({ resourceType: 'Patient', text: { status: 'generated', div } });
}

/** An answer without what differs each time. */
function withoutIds(answer: Answer | undefined) {
  return [answer?.status, answer?.text, [...(answer?.headers.keys() ?? [])].sort()];
}
