import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type {
  Bundle,
  BundleEntry,
  FhirResource,
  Patient,
  Questionnaire,
  QuestionnaireResponse,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { type Answer, startWorld, type World } from './world.js';

const folder = fileURLToPath(new URL('../../shared/data/nhs-extra/', import.meta.url));
const organisation = 'Organization/keighley-healthy-living';

/** The lifecycle of a referral of the NHS Diabetes Prevention Programme, as its systems write it: they know nothing of Ginnel. */
describe('the Task lifecycle of the Diabetes Prevention Programme', () => {
  if (!existsSync(folder)) {
    it('cannot be played: ../shared/data/nhs-extra is absent', () => {
      expect(existsSync(folder)).toBe(false);
    });
    return;
  }

  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  it('is played to its completion from a transaction of ServiceRequest and Task', async () => {
    const { request, task } = await sentTogether();
    await moved(task, 'accepted');
    const completed = await moved(task, 'completed');
    expect(completed).toMatchObject({ status: 'completed', owner: { reference: organisation } });
    expect(await read<ServiceRequest>(request)).toMatchObject({ status: 'completed' });
  });

  it('is played with the risk score that the ServiceRequest names, as its answers were given', async () => {
    const form = file('Questionnaire__Type2DiabetesRiskAssessment') as Questionnaire;
    delete form.meta;
    delete form.id;
    taken(await world.send('integrator', { method: 'POST', path: '/fhir/Questionnaire', body: form }), 201);
    const { request, task, answers } = await sentTogether({ withScore: true });
    const given = await read<QuestionnaireResponse>(answers, 'provider-khl');
    expect(given.basedOn).toEqual([{ reference: request }]);
    expect(given.item).toEqual(riskScore().item);
    expect((await read<ServiceRequest>(request, 'provider-khl')).supportingInfo?.[0]?.reference).toBe(answers);
    await moved(task, 'accepted');
    await moved(task, 'completed');
    expect(await read<ServiceRequest>(request)).toMatchObject({ status: 'completed' });
  });

  it('is played to its completion from a ServiceRequest and a Task that come one after the other', async () => {
    const { request, task } = await sentApart();
    await moved(task, 'accepted');
    await moved(task, 'completed');
    expect(await read<ServiceRequest>(request)).toMatchObject({ status: 'completed' });
    const sent = file('Task__Task-DPP-request') as Task;
    const tasks = await search<Task>(`Task?focus=${request}&part-of:missing=true`);
    expect(tasks).toHaveLength(1);
    expect(tasks[0]).toMatchObject({ identifier: sent.identifier, status: 'completed' });
  });

  it('ends as cancelled where the person found another way, with the note of it', async () => {
    const { request, task } = await sentTogether();
    await moved(task, 'accepted');
    const cancelled = await moved(task, 'cancelled');
    expect(cancelled.note?.[0]?.text).toContain('started cycling');
    expect(await read<ServiceRequest>(request)).toMatchObject({ status: 'revoked' });
    const [own] = await search<Task>(`Task?focus=${request}&part-of:missing=true`);
    expect(own).toMatchObject({ status: 'cancelled' });
  });

  it('takes the same version a second time without another turn', async () => {
    const { task } = await sentTogether();
    const once = await moved(task, 'accepted');
    const twice = await moved(task, 'accepted');
    expect(twice.businessStatus).toEqual(once.businessStatus);
  });

  /** The provider finds its Task and sends it back as the programme's system writes it: identifiers, displays and times included. */
  async function moved(id: string, status: 'accepted' | 'completed' | 'cancelled'): Promise<Task> {
    const before = await read<Task>(id, 'provider-khl');
    const wished = file(`Task__Task-DPP-${status}`) as Task;
    delete wished.meta;
    const body: Task = {
      ...wished,
      id: before.id ?? '',
      focus: { ...wished.focus, reference: before.focus?.reference ?? '' },
      for: { ...wished.for, reference: before.for?.reference ?? '' },
      owner: { ...wished.owner, reference: organisation },
    };
    return taken(
      await world.send<Task>('provider-khl', { method: 'PUT', path: `/fhir/Task/${before.id ?? ''}`, body }),
      200,
    );
  }

  async function sentTogether({ withScore = false } = {}): Promise<{ request: string; task: string; answers: string }> {
    const patient = await person();
    const [requestUrl, taskUrl] = [
      'urn:uuid:677c4e35-3c49-4fd8-aae5-91bf63a49226',
      'urn:uuid:e734d286-ca51-4ebd-acd2-750c66f3c018',
    ];
    const answersUrl = 'urn:uuid:d0872e7b-5cc2-4aff-a4d5-8adb940bf840';
    const entries = [
      entryOf(requestUrl, {
        ...requestFor(patient),
        ...(withScore ? { supportingInfo: [{ reference: answersUrl }] } : {}),
      }),
      entryOf(taskUrl, taskFor(patient, requestUrl)),
      ...(withScore ? [entryOf(answersUrl, { ...riskScore(), subject: { reference: patient } })] : []),
    ];
    const body: Bundle = { resourceType: 'Bundle', type: 'transaction', entry: entries };
    const answer = await world.send<Bundle>('practice', { method: 'POST', path: '/fhir', body });
    expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
    const places = (answer.body.entry ?? []).map(({ response }) => idIn(response?.location ?? ''));
    return { request: places[0] ?? '', task: places[1] ?? '', answers: places[2] ?? '' };
  }

  async function sentApart(): Promise<{ request: string; task: string }> {
    const patient = await person();
    const request = taken(await post<ServiceRequest>(requestFor(patient)), 201);
    const answer = await post<Task>(taskFor(patient, `ServiceRequest/${request.id ?? ''}`));
    expect([200, 201]).toContain(answer.status);
    return { request: `ServiceRequest/${request.id ?? ''}`, task: `Task/${answer.body.id ?? ''}` };
  }

  function requestFor(patient: string): ServiceRequest {
    const { supportingInfo, meta, ...request } = file('ServiceRequest__ServiceRequest-DPP') as ServiceRequest;
    expect([supportingInfo, meta]).not.toContain(undefined);
    delete request.id;
    const [performer] = request.performer ?? [];
    return {
      ...request,
      subject: { ...request.subject, reference: patient },
      performer: [{ ...performer, reference: organisation }],
    };
  }

  function taskFor(patient: string, request: string): Task {
    const { meta, ...task } = file('Task__Task-DPP-request') as Task;
    expect(meta).toBeDefined();
    delete task.id;
    return {
      ...task,
      focus: { ...task.focus, reference: request },
      for: { ...task.for, reference: patient },
      owner: { ...task.owner, reference: organisation },
    };
  }

  async function person(): Promise<string> {
    const patient: Patient = { resourceType: 'Patient', name: [{ family: 'Example', given: ['Ada'] }] };
    return `Patient/${taken(await post<Patient>(patient), 201).id ?? ''}`;
  }

  function post<R extends FhirResource>(body: R): Promise<Answer<R>> {
    return world.send<R>('practice', { method: 'POST', path: `/fhir/${body.resourceType}`, body });
  }

  async function read<R>(path: string, as: 'practice' | 'provider-khl' = 'practice'): Promise<R> {
    return taken(await world.send<R>(as, { path: `/fhir/${path}` }), 200);
  }

  async function search<R>(query: string): Promise<R[]> {
    const { entry = [] } = await read<Bundle>(query);
    return entry.map(({ resource }) => resource as R);
  }
});

function taken<R>({ status, text, body }: Answer<R>, wanted: number): R {
  expect([status, status === wanted ? '' : text]).toEqual([wanted, '']);
  return body;
}

/** The answers as they were published, without what their server wrote. */
function riskScore(): QuestionnaireResponse {
  const answers = file('QuestionnaireResponse__QuestionnaireResponse-DiabetesRiskScore') as QuestionnaireResponse;
  delete answers.id;
  delete answers.meta;
  return answers;
}

function entryOf(fullUrl: string, resource: FhirResource): BundleEntry {
  return { fullUrl, resource, request: { method: 'POST', url: resource.resourceType } };
}

function idIn(location: string): string {
  return /([A-Za-z]+\/[A-Za-z0-9.-]+)\/_history/.exec(location)?.[1] ?? '';
}

function file(name: string): unknown {
  return JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as unknown;
}
