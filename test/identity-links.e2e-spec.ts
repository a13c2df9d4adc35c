import type { Patient, ServiceRequest, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { nhsNumber } from './people.js';
import { type As, ReferralActors, requestFor } from './referral-actors.js';
import { startWorld, type World } from './world.js';

let world: World;
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('two records of one person, of different practices', () => {
  it('are proposed to the provider that sees both, once, and to nobody else', async () => {
    const [one, other] = [await referred('practice', person(1)), await referred('integrator', person(1))];
    const [task] = await proposals('provider-khl', one, other);
    expect(task).toMatchObject({
      status: 'requested',
      intent: 'proposal',
      owner: { reference: `Organization/${khl}` },
    });
    expect([task?.focus?.reference, task?.input?.[0]?.valueReference?.reference].sort()).toEqual(
      [`Patient/${one}`, `Patient/${other}`].sort(),
    );
    expect(task?.input?.[1]?.valueCode).toBe('certain');
    await actors.put('practice', { ...(await actors.read<Patient>('practice', `Patient/${one}`)), gender: 'female' });
    await referred('practice', person(2));
    expect(await proposals('provider-khl', one, other)).toHaveLength(1);
    const seen = (['practice', 'integrator', 'provider-project6'] as const).map((as) =>
      actors.statusOf(as, `Task/${task?.id ?? ''}`),
    );
    expect(await Promise.all(seen)).toEqual([404, 404, 404]);
  });

  it('are linked by a person, in the Task alone where a link would show a record to who may not see it', async () => {
    const [one, other] = [await referred('practice', person(3)), await referred('integrator', person(3))];
    const [task] = await proposals('provider-khl', one, other);
    const before = [
      await actors.read<Patient>('practice', `Patient/${one}`),
      await actors.read<Patient>('integrator', `Patient/${other}`),
    ];
    expect((await actors.put('provider-khl', { ...task, status: 'completed' } as Task)).status).toBe(200);
    const after = [
      await actors.read<Patient>('practice', `Patient/${one}`),
      await actors.read<Patient>('integrator', `Patient/${other}`),
    ];
    expect(after).toEqual(before);
    const [made] = await actors.search<{ target: { reference: string }[] }>(
      'provider-khl',
      `Provenance?target=Task/${task?.id ?? ''}`,
    );
    expect(made?.target.map(({ reference }) => reference)).toEqual([`Task/${task?.id ?? ''}/_history/2`]);
  });

  it('name each other where everybody who reads the one may read the other, until somebody says otherwise', async () => {
    const other = (await actors.create<Patient>('integrator', person(4))).id ?? '';
    const one = (await actors.create<Patient>('practice', person(4))).id ?? '';
    const request: ServiceRequest = {
      ...requestFor(`Patient/${one}`, ''),
      performer: [{ reference: 'Organization/modality-airedale' }],
    };
    await actors.create('practice', request);
    const [task] = await proposals('integrator', one, other);
    await actors.put('integrator', { ...task, status: 'completed' } as Task);
    const linked = await actors.read<Patient>('integrator', `Patient/${other}`);
    expect(linked.link).toEqual([{ type: 'seealso', other: { reference: `Patient/${one}` } }]);
    expect((await actors.read<Patient>('practice', `Patient/${one}`)).link).toBeUndefined();
    // Who writes the record need not know of the link.
    const rewritten = await actors.put<Patient>('integrator', { ...person(4), id: other, gender: 'female' });
    expect([rewritten.status, rewritten.body.link]).toEqual([200, linked.link]);
    const settled = await actors.read<Task>('integrator', `Task/${task?.id ?? ''}`);
    await actors.put<Task>('integrator', { ...settled, status: 'rejected' });
    expect((await actors.read<Patient>('integrator', `Patient/${other}`)).link).toBeUndefined();
  });

  it('are not proposed where they are only possibly alike', async () => {
    const { identifier: [number] = [] } = person(5);
    const one = await referred('practice', person(5));
    const doubtful = await referred('integrator', { ...person(6), identifier: number ? [number] : [] });
    const [sure, surely] = [await referred('practice', person(7)), await referred('integrator', person(7))];
    await proposals('provider-khl', sure, surely);
    expect(await linkTasks('provider-khl', one, doubtful)).toEqual([]);
  });
});

const khl = 'keighley-healthy-living';

/** A new record that was referred to Keighley Healthy Living; its id. */
async function referred(as: As, patient: Patient): Promise<string> {
  const { id = '' } = await actors.create<Patient>(as, patient);
  await actors.create(as, requestFor(`Patient/${id}`, 'staying-steady'));
  return id;
}

function proposals(as: As, one: string, other: string): Promise<Task[]> {
  return eventually(
    () => linkTasks(as, one, other),
    (tasks) => tasks.length > 0,
  );
}

async function linkTasks(as: As, one: string, other: string): Promise<Task[]> {
  const tasks = await actors.search<Task>(as, `Task?code=link-records&patient=Patient/${one},Patient/${other}`);
  return tasks.filter(({ input = [] }) =>
    input.some(({ valueReference }) => [one, other].includes(idOf(valueReference?.reference))),
  );
}

function idOf(reference = ''): string {
  return reference.replace('Patient/', '');
}

function person(at: number): Patient {
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber(at + 20) }],
    name: [{ family: `Linked${String.fromCharCode(64 + at)}`, given: ['Sam'] }],
    birthDate: `1971-06-0${String(at)}`,
    address: [{ postalCode: 'BD22 8AA' }],
  };
}
