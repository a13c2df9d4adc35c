import type { Bundle, Condition, FhirResource, Patient, Task } from 'fhir/r4';
import { responseOf } from './outcome-actors.js';
import { ReferralActors, requestFor } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const restricted = 'https://ginnel.org.uk/fhir/scope/restricted';
const veryRestricted = 'https://ginnel.org.uk/fhir/scope/very-restricted';
const organisation = 'keighley-healthy-living';
const clients = [
  {
    client: 'khl-restricted',
    role: 'provider',
    organisation,
    token: 'restricted-token',
    scopes: ['system/*.cruds', restricted],
  },
  { client: 'khl-plain', role: 'provider', organisation, token: 'plain-token', scopes: ['system/*.cruds'] },
  {
    client: 'practice-restricted',
    role: 'practice',
    organisation: 'worth-valley-practice',
    token: 'practice-restricted-token',
    scopes: ['system/*.cruds', veryRestricted],
  },
] as const;

describe('a record that is labelled restricted', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ clients });
  });

  afterAll(async () => {
    await world.stop();
  });

  const send = <R = FhirResource>(token: string, path: string, body?: FhirResource, method?: 'POST' | 'PUT') =>
    world.send<R>(undefined, {
      path: `/fhir/${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body ? { body, method: method ?? 'POST' } : {}),
    });

  /** A Condition of a referred person that its author labels, shown with the referral. */
  const labelled = async (
    code: string | undefined,
  ): Promise<{ patient: string; condition: Condition; part: string }> => {
    const patient = await actors.person();
    const answer = await send<Condition>('practice-restricted-token', 'Condition', {
      resourceType: 'Condition',
      ...(code === undefined ? {} : { meta: { security: [{ system, code }] } }),
      subject: { reference: `Patient/${patient}` },
      code: { text: 'a restricted matter' },
    });
    if (answer.status !== 201) throw new Error(answer.text);
    const request = await send('practice-restricted-token', 'ServiceRequest', {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: `Patient/${patient}` },
      performer: [{ reference: 'HealthcareService/staying-steady' }],
      reasonReference: [{ reference: `Condition/${answer.body.id ?? ''}` }],
    });
    if (request.status !== 201) throw new Error(request.text);
    const [part] = await actors.search<{ id: string }>(
      'provider-khl',
      `Task?patient=Patient/${patient}&part-of:missing=false`,
    );
    return { patient, condition: answer.body, part: part?.id ?? '' };
  };

  const counts = async (token: string, { patient, condition }: { patient: string; condition: Condition }) => {
    const id = condition.id ?? '';
    const paths = [
      `Condition/${id}`,
      `Condition/${id}/_history`,
      `Condition?_id=${id}`,
      `Condition?_id=${id}&_summary=count`,
      `ServiceRequest?patient=Patient/${patient}&_include=ServiceRequest:reason-reference`,
      `Patient?_id=${patient}&_has:Condition:patient:_id=${id}`,
      `Condition?_security=${system}|R&_id=${id}`,
    ];
    const answers = await Promise.all(paths.map((path) => send(token, path)));
    return answers.map(({ status, body }) =>
      status === 200 && body.resourceType === 'Bundle' ? (body.total ?? body.entry?.length ?? 0) : status,
    );
  };

  it('is seen with the scope for it only, by every way', async () => {
    const record = await labelled('R');
    const withScope = await counts('restricted-token', record);
    const plain = await counts('plain-token', record);
    expect(withScope[0]).toBe(200);
    expect(plain[0]).toBe(404);
    expect(plain[1]).toBe(404);
    expect(plain.slice(2, 4)).toEqual([0, 0]);
    expect(plain.slice(5)).toEqual([0, 0]);
    expect(withScope.slice(2, 4)).toEqual([1, 1]);
    expect(withScope.slice(5)).toEqual([1, 1]);
    const everything = async (token: string) => {
      const { body } = await send<Bundle>(token, `Patient/${record.patient}/$everything`);
      return (body.entry ?? []).some(({ resource }) => resource?.id === record.condition.id);
    };
    expect([await everything('restricted-token'), await everything('plain-token')]).toEqual([true, false]);
  });

  it('is hidden from its own author without the scope, and cannot be overwritten by it', async () => {
    const { condition } = await labelled('R');
    const path = `Condition/${condition.id ?? ''}`;
    expect(await actors.statusOf('practice', path)).toBe(404);
    const written = await actors.put('practice', { ...condition, code: { text: 'overwritten' } });
    const absent = await actors.put('practice', { ...condition, id: 'not-there-at-all' });
    expect(written.status).toBeGreaterThanOrEqual(400);
    const kept = await send<Condition>('practice-restricted-token', path);
    expect(kept.body.code?.text).toBe('a restricted matter');
    expect(absent.status).toBeLessThan(500);
  });

  it('is very restricted with V: the scope for R does not show it', async () => {
    const { condition } = await labelled('V');
    expect((await send('restricted-token', `Condition/${condition.id ?? ''}`)).status).toBe(404);
  });

  it('follows its label: changed, every new version is as its label says, and the old ones stay', async () => {
    const { condition } = await labelled(undefined);
    const path = `Condition/${condition.id ?? ''}`;
    expect((await send('plain-token', path)).status).toBe(200);
    const label = await send('practice-restricted-token', `${path}/$meta-add`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { security: [{ system, code: 'R' }] } }],
    });
    expect(label.status).toBe(200);
    expect((await send('plain-token', path)).status).toBe(404);
    expect((await send('plain-token', `${path}/_history/2`)).status).toBe(200);
    expect((await send('restricted-token', path)).status).toBe(200);
  });

  it('takes a whole person when its Patient is labelled, and gives it back', async () => {
    const { patient } = await labelled(undefined);
    const path = `Patient/${patient}`;
    const { body } = await send<Patient>('practice-restricted-token', path);
    const { meta, ...unlabelled } = body;
    expect(meta?.security).toBeUndefined();
    const restrictedPatient = { ...body, meta: { security: [{ system, code: 'R' }] } };
    expect((await send('practice-restricted-token', path, restrictedPatient, 'PUT')).status).toBe(200);
    expect((await send('plain-token', path)).status).toBe(404);
    expect(
      (await send<Bundle>('plain-token', `Task?patient.gender:missing=true&patient=${path}`)).body.entry ?? [],
    ).toEqual([]);
    expect((await send('practice-restricted-token', path, unlabelled, 'PUT')).status).toBe(200);
    expect((await send('plain-token', path)).status).toBe(200);
  });

  it('hides what Ginnel makes of a labelled referral: its Tasks, and the scores of labelled answers', async () => {
    const patient = await actors.person();
    const security = [{ system, code: 'R' }];
    const request = await send('practice-restricted-token', 'ServiceRequest', {
      ...requestFor(`Patient/${patient}`, 'staying-steady'),
      meta: { security },
    });
    expect(request.status).toBe(201);
    const tasks = async (token: string) =>
      ((await send<Bundle>(token, `Task?patient=Patient/${patient}`)).body.entry ?? []).length;
    expect([await tasks('restricted-token'), await tasks('plain-token')]).toEqual([2, 0]);
    const response = responseOf(
      { request: request.body.id ?? '', patient },
      { at: 'baseline', authored: '2026-11-01' },
    );
    const answered = await send('restricted-token', 'QuestionnaireResponse', { ...response, meta: { security } });
    expect(answered.status).toBe(201);
    const scores = async (token: string) =>
      ((await send<Bundle>(token, `Observation?patient=Patient/${patient}`)).body.entry ?? []).length;
    expect(await scores('restricted-token')).toBeGreaterThan(0);
    expect(await scores('plain-token')).toBe(0);
  });

  it('keeps the label of a Task whose update by PUT says none; $meta-delete takes it away', async () => {
    const patient = await actors.person();
    const security = [{ system, code: 'R' }];
    await send('practice-restricted-token', 'ServiceRequest', {
      ...requestFor(`Patient/${patient}`, 'staying-steady'),
      meta: { security },
    });
    const { body: found } = await send<Bundle<Task>>('restricted-token', `Task?patient=Patient/${patient}`);
    const tasks = (found.entry ?? []).flatMap(({ resource }) => resource ?? []);
    const { id: part = '', code = {} } = tasks.find(({ partOf }) => partOf !== undefined) ?? {};
    const plain: Task = { resourceType: 'Task', id: part, intent: 'order', status: 'accepted', code };
    const sent = [plain, { ...plain, description: 'an edit' }, { ...plain, meta: { tag: [{ code: 'mine' }] } }];
    for (const body of sent) {
      const { status, text, body: after } = await send<Task>('restricted-token', `Task/${part}`, body, 'PUT');
      expect([status, status === 200 ? '' : text, after.meta?.security]).toEqual([200, '', security]);
    }
    const hidden = await Promise.all(tasks.map(({ id = '' }) => send('plain-token', `Task/${id}`)));
    expect(hidden.map(({ status }) => status)).toEqual([404, 404]);
    const taken = await send('restricted-token', `Task/${part}/$meta-delete`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { security } }],
    });
    expect([taken.status, (await send('plain-token', `Task/${part}`)).status]).toEqual([200, 200]);
  });

  it('is not taken from the sight of others by one who lacks the scope', async () => {
    const { part } = await actors.refer('staying-steady');
    const task = await actors.read<Task>('provider-khl', `Task/${part}`);
    const security = [{ system, code: 'V' }];
    const refused = [
      await actors.put('provider-khl', { ...task, meta: { ...task.meta, security } }),
      await send('restricted-token', `Task/${part}/$meta-add`, {
        resourceType: 'Parameters',
        parameter: [{ name: 'meta', valueMeta: { security } }],
      }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403]);
    expect(await actors.statusOf('practice', `Task/${part}`)).toBe(200);
  });
});
