import type { Consent, Identifier, Patient, ServiceRequest, Task } from 'fhir/r4';
import { linkTaskId } from '../apps/referral/src/domain/identity/link-task.js';
import { eventually } from './eventually.js';
import { nhsNumber } from './people.js';
import { type As, ReferralActors, requestFor } from './referral-actors.js';
import { Tables } from './tables.js';
import { startWorld, type World } from './world.js';

const scopes = ['system/*.cruds', 'https://ginnel.org.uk/fhir/scope/restricted'];
const clients = [
  {
    client: 'practice-restricted',
    role: 'practice',
    organisation: 'worth-valley-practice',
    token: 'practice-token',
    scopes,
  },
  {
    client: 'modality-restricted',
    role: 'integrator',
    organisation: 'modality-airedale',
    token: 'modality-token',
    scopes,
  },
] as const;
let world: World;
const actors = new ReferralActors(() => world);
const tables = new Tables(() => world);

beforeAll(async () => {
  world = await startWorld({ clients });
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

  it('are proposed where their names and postcodes are spelt otherwise, and one has no number', async () => {
    const asked = await Promise.all(
      [
        [10, 'O’Brien', "O'Brien", 'BD22 8AA'],
        [11, 'Smith-Jones', 'Smith Jones', 'BD22 8AA'],
        [12, 'Postcode', 'Postcode', 'bd228aa'],
      ].map(async ([at, family, otherwise, postalCode]) => {
        const called = (name: unknown) => ({ name: [{ family: String(name), given: ['Sam'] }] });
        const address = [{ postalCode: String(postalCode) }];
        const patient = { ...person(Number(at)), ...called(family) };
        const { resourceType, birthDate = '' } = patient;
        const one = await referred('practice', patient);
        const unnumbered = { resourceType, birthDate, ...called(otherwise), address };
        return proposals('provider-khl', one, await referred('integrator', unnumbered));
      }),
    );
    expect(asked.map(([task]) => task?.input?.[1]?.valueCode)).toEqual(['probable', 'probable', 'probable']);
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
    const { one, other, task } = await shownToModality(4);
    await actors.put('integrator', { ...task, status: 'completed' });
    const linked = await actors.read<Patient>('integrator', `Patient/${other}`);
    expect(linked.link).toEqual([{ type: 'seealso', other: { reference: `Patient/${one}` } }]);
    expect((await actors.read<Patient>('practice', `Patient/${one}`)).link).toBeUndefined();
    // Who writes the record need not know of the link.
    const rewritten = await actors.put<Patient>('integrator', { ...person(4), id: other, gender: 'female' });
    expect([rewritten.status, rewritten.body.link]).toEqual([200, linked.link]);
    const settled = await actors.read<Task>('integrator', `Task/${task.id ?? ''}`);
    await actors.put<Task>('integrator', { ...settled, status: 'rejected' });
    expect((await actors.read<Patient>('integrator', `Patient/${other}`)).link).toBeUndefined();
  });

  it('do not name each other where one is restricted, to those who may not read it', async () => {
    const { one, other, task } = await shownToModality(8);
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
    await withToken('practice-token', { ...person(8), id: one, meta: { security } });
    await withToken('modality-token', { ...task, status: 'completed' });
    const [settled, open] = [
      await actors.read<Task>('integrator', `Task/${task.id ?? ''}`),
      await actors.read<Patient>('integrator', `Patient/${other}`),
    ];
    expect([settled.status, open.link]).toEqual(['completed', undefined]);
  });

  it('do not name each other where a Consent withholds one from somebody who reads the other', async () => {
    const { one, other, task } = await shownToModality(9);
    await actors.create('integrator', requestFor(`Patient/${other}`, 'staying-steady'));
    await actors.create('practice', requestFor(`Patient/${one}`, 'staying-steady'));
    await actors.create('practice', optOut(one));
    await actors.put('integrator', { ...task, status: 'completed' });
    expect((await actors.read<Patient>('provider-khl', `Patient/${other}`)).link).toBeUndefined();
    expect(await actors.statusOf('provider-khl', `Patient/${one}`)).toBe(404);
  });

  it.each([true, false])(
    'are proposed on to others when a Consent withholds one from an organisation, which was asked before: %s',
    async (wasAsked) => {
      const patient = { ...person(1), identifier: numbered(wasAsked ? 40 : 41) };
      const one = await referred('practice', patient);
      if (!wasAsked) await actors.create('practice', optOut(one));
      const other = await referred('integrator', patient);
      if (wasAsked) {
        await proposals('provider-khl', one, other);
        await actors.create('practice', optOut(one));
      }
      await actors.put('practice', { ...patient, id: one, gender: 'female' });
      const performer = [{ reference: 'Organization/modality-airedale' }];
      await actors.create('practice', { ...requestFor(`Patient/${one}`, ''), performer });
      expect(await proposals('integrator', one, other)).toHaveLength(1);
      const asked = await tables.on(async (client) => {
        const text = "SELECT 1 FROM referral.outbox WHERE type = 'link-proposed.v1' AND resource_id = $1";
        return (await client.query(text, [linkTaskId(khl, [one, other])])).rowCount;
      });
      expect(asked).toBe(wasAsked ? 1 : 0);
    },
  );

  it('are unlinked by the writer who linked them', async () => {
    const named = { name: [{ family: 'Linked' }] };
    const one = await actors.create<Patient>('practice', { resourceType: 'Patient', ...named });
    const linkTo = (id = '') => [{ type: 'seealso' as const, other: { reference: `Patient/${id}` } }];
    const other = await actors.create<Patient>('practice', { resourceType: 'Patient', link: linkTo(one.id) });
    const linked = await actors.put<Patient>('practice', { ...one, link: linkTo(other.id) });
    expect(linked.body.link).toEqual(linkTo(other.id));
    const unlinked = [
      await actors.put<Patient>('practice', one),
      await actors.put<Patient>('practice', { resourceType: 'Patient', id: other.id ?? '' }),
    ];
    expect(unlinked.map(({ status, body }) => [status, body.link])).toEqual([
      [200, undefined],
      [200, undefined],
    ]);
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

/** A record of the practice that Modality sees, one of Modality's own, and the Task that asks Modality. */
async function shownToModality(at: number): Promise<{ one: string; other: string; task: Task }> {
  const other = (await actors.create<Patient>('integrator', person(at))).id ?? '';
  const one = (await actors.create<Patient>('practice', person(at))).id ?? '';
  const request: ServiceRequest = {
    ...requestFor(`Patient/${one}`, ''),
    performer: [{ reference: 'Organization/modality-airedale' }],
  };
  await actors.create('practice', request);
  const [task] = await proposals('integrator', one, other);
  if (!task) throw new Error('No Task asks for the link.');
  return { one, other, task };
}

async function withToken(token: string, body: Patient | Task): Promise<void> {
  const path = `/fhir/${body.resourceType}/${body.id ?? ''}`;
  const answer = await world.send(undefined, {
    method: 'PUT',
    path,
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  if (answer.status !== 200) throw new Error(answer.text);
}

/** Withholds the practice's records of a person from Keighley Healthy Living. */
function optOut(patient: string): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patient}` },
    organization: [{ reference: 'Organization/worth-valley-practice' }],
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: {
      type: 'deny',
      actor: [{ role: { text: 'recipient' }, reference: { reference: `Organization/${khl}` } }],
    },
  };
}

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

function numbered(at: number): Identifier[] {
  return [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber(at) }];
}

function person(at: number): Patient {
  return {
    resourceType: 'Patient',
    identifier: numbered(at + 20),
    name: [{ family: `Linked${String.fromCharCode(64 + at)}`, given: ['Sam'] }],
    birthDate: `1971-06-${String(at).padStart(2, '0')}`,
    address: [{ postalCode: 'BD22 8AA' }],
  };
}
