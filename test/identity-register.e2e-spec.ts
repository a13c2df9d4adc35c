import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationOutcome, Patient } from 'fhir/r4';
import { eventually } from './eventually.js';
import { nhsNumber } from './people.js';
import { type As, ReferralActors, requestFor } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const folder = mkdtempSync(join(tmpdir(), 'ginnel-register-'));
const registerFile = join(folder, 'people.json');
const system = 'https://fhir.nhs.uk/Id/nhs-number';
let world: World;
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  register({});
  world = await startWorld({ registerFile });
});

afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

describe('a trace in the register of people', () => {
  it('verifies the number of a record whose details the register has, and changes nothing else', async () => {
    const made = await actors.create<Patient>('practice', {
      ...registered(1),
      telecom: [{ system: 'phone', value: '01632 960003' }],
    });
    const { status, body } = await trace('practice', made.id);
    expect([status, statusOf(body), body.telecom, body.name]).toEqual([200, '01', made.telecom, made.name]);
    const again = await trace('practice', made.id);
    expect([again.status, again.body.meta?.versionId]).toEqual([200, '2']);
  });

  it('takes the number that replaced another one', async () => {
    const old = nhsNumber(90);
    register({ replaced: { [old]: nhsNumber(1) } });
    const made = await actors.create<Patient>('practice', { ...registered(1), identifier: [{ system, value: old }] });
    const { body } = await trace('practice', made.id);
    expect([body.identifier?.[0]?.value, statusOf(body)]).toEqual([nhsNumber(1), '01']);
  });

  it('finds the number of somebody who has none here, where one person alone is meant', async () => {
    const known = await actors.create<Patient>('practice', unnumbered(2));
    const { body } = await trace('practice', known.id);
    expect([body.identifier?.[0]?.value, statusOf(body)]).toEqual([nhsNumber(2), '01']);
  });

  it('takes nobody of a similar given name for the person, neither a number nor a death', async () => {
    const twin = {
      ...registered(5),
      name: [{ family: 'RegisteredE', given: ['Maria'] }],
      deceasedDateTime: '2026-11-18',
    };
    register({ people: [twin] });
    const made = await actors.create<Patient>('practice', {
      ...unnumbered(5),
      name: [{ family: 'RegisteredE', given: ['Mario'] }],
    });
    const { status, body } = await trace('practice', made.id);
    register({});
    expect([status, (body as unknown as OperationOutcome).issue[0]?.code]).toEqual([422, 'not-found']);
    expect(await actors.read<Patient>('practice', `Patient/${made.id ?? ''}`)).toEqual(made);
  });

  it('guesses nobody, and tells no details that the register has', async () => {
    const patients: Patient[] = [
      { ...registered(1), birthDate: '1999-09-09' },
      { ...registered(1), name: [{ family: 'RegisteredA', given: ['Twin'] }] },
      { ...unnumbered(2), birthDate: '1999-09-09' },
      { ...unnumbered(3) },
      { ...unnumbered(1), identifier: [{ system, value: nhsNumber(77) }] },
    ];
    const told = [];
    for (const patient of patients) {
      const made = await actors.create<Patient>('practice', patient);
      const answer = await trace('practice', made.id);
      const outcome = answer.body as unknown as OperationOutcome;
      told.push([answer.status, outcome.issue[0]?.code]);
      expect(answer.text).not.toMatch(/Registered|1961/);
      expect((await actors.read<Patient>('practice', `Patient/${made.id ?? ''}`)).meta?.versionId).toBe('1');
    }
    expect(told).toEqual([
      [422, 'business-rule'],
      [422, 'business-rule'],
      [422, 'not-found'],
      [422, 'multiple-matches'],
      [422, 'not-found'],
    ]);
  });

  it('is made by whose record it is', async () => {
    const made = await actors.create<Patient>('practice', registered(1));
    await actors.refer('staying-steady', made.id);
    const statuses = await Promise.all(
      (['provider-khl', 'integrator'] as const).map(async (as) => (await trace(as, made.id)).status),
    );
    expect(statuses).toEqual([403, 404]);
  });

  it('tells another practice that sees a record nothing of what the register knows', async () => {
    const performer = [{ reference: 'Organization/modality-airedale' }];
    const answers = [];
    for (const patient of [registered(1), { ...registered(1), birthDate: '1999-09-09' }]) {
      const { id = '' } = await actors.create<Patient>('practice', patient);
      await actors.create('practice', { ...requestFor(`Patient/${id}`, ''), performer });
      const { status, body } = await trace('integrator', id);
      answers.push([status, (body as unknown as OperationOutcome).issue]);
    }
    expect(answers[0]?.[0]).toBe(403);
    expect(answers[1]).toEqual(answers[0]);
  });

  it('ends the work for somebody whom the register knows to have died', async () => {
    register({ died: '2026-11-18' });
    const made = await actors.create<Patient>('practice', registered(1));
    const { part } = await actors.refer('staying-steady', made.id);
    expect((await trace('practice', made.id)).body.deceasedDateTime).toBe('2026-11-18');
    await eventually(
      () => actors.read<{ status: string }>('provider-khl', `Task/${part}`),
      ({ status }) => status === 'cancelled',
    );
    register({});
  });

  it('takes the death of somebody whose record says that he lives', async () => {
    register({ died: '2026-11-18' });
    const made = await actors.create<Patient>('practice', { ...registered(1), deceasedBoolean: false });
    const { status, body } = await trace('practice', made.id);
    register({});
    expect([status, statusOf(body), body.deceasedBoolean, body.deceasedDateTime]).toEqual([
      200,
      '01',
      undefined,
      '2026-11-18',
    ]);
  });

  it.each(['unavailable', 'silent'])(
    'says honestly that the register is %s, and leaves the record as it is',
    async (state) => {
      register({ state });
      const made = await actors.create<Patient>('practice', registered(1));
      const answer = await trace('practice', made.id);
      expect([answer.status, (answer.body as unknown as OperationOutcome).issue[0]?.code]).toEqual([503, 'transient']);
      register({});
      expect((await trace('practice', made.id)).status).toBe(200);
    },
  );

  it('is told where a deployment has no register', async () => {
    const without = await startWorld();
    const made = await without.send<Patient>('practice', {
      method: 'POST',
      path: '/fhir/Patient',
      body: registered(1),
    });
    const answer = await without.send('practice', {
      method: 'POST',
      path: `/fhir/Patient/${made.body.id ?? ''}/$trace`,
    });
    await without.stop();
    expect([answer.status, (answer.body as OperationOutcome).issue[0]?.code]).toEqual([501, 'not-supported']);
  });
});

function trace(as: As, id = '') {
  return world.send<Patient>(as, { method: 'POST', path: `/fhir/Patient/${id}/$trace` });
}

/** Invented people: two of them bear all the same but the number. */
function register({ died, ...more }: { state?: string; replaced?: object; people?: Patient[]; died?: string }): void {
  const first = { ...registered(1), ...(died === undefined ? {} : { deceasedDateTime: died }) };
  const people = [
    first,
    registered(2),
    registered(3),
    { ...registered(3), identifier: [{ system, value: nhsNumber(4) }] },
  ];
  writeFileSync(registerFile, JSON.stringify({ people, ...more }));
}

function registered(at: number): Patient {
  return { ...unnumbered(at), identifier: [{ system, value: nhsNumber(at) }] };
}

function unnumbered(at: number): Patient {
  return {
    resourceType: 'Patient',
    name: [{ family: `Registered${String.fromCharCode(64 + at)}`, given: ['Jo'] }],
    birthDate: `1961-05-0${String(at)}`,
    address: [{ postalCode: 'BD21 1AA' }],
  };
}

function statusOf({ identifier = [] }: Patient): string | undefined {
  return identifier[0]?.extension?.[0]?.valueCodeableConcept?.coding?.[0]?.code;
}
