import type { Encounter, ServiceRequest, Task } from 'fhir/r4';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('a referral at which two work at once', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('ends when its parts are completed at the same moment', async () => {
    const ends: string[] = [];
    for (let round = 0; round < 8; round++) {
      const referral = await actors.refer('staying-steady');
      const second = (await actors.ask(referral, 'games-cafe')).body.id ?? '';
      await actors.start('provider-khl', referral.part);
      await actors.start('provider-project6', second);
      const answers = await Promise.all([
        actors.complete('provider-khl', referral.part),
        actors.complete('provider-project6', second),
      ]);
      const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
      const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
      ends.push([...answers.map(({ status }) => status), parent.status, request.status].join(' '));
    }
    expect(ends).toEqual(Array.from({ length: 8 }, () => '200 200 completed completed'));
  });

  it('asks a provider once, however often it is asked at the same moment', async () => {
    const referral = await actors.refer('staying-steady');
    const answers = await Promise.all(Array.from({ length: 6 }, () => actors.ask(referral, 'games-cafe')));
    const parts = await actors.search<Task>('practice', `Task?part-of=Task/${referral.parent}`);
    expect([answers.map(({ status }) => status).sort(), parts.length]).toEqual([[201, 409, 409, 409, 409, 409], 2]);
  });

  it('counts every contact of those that are recorded at the same moment', async () => {
    const { patient, request, part } = await actors.refer('staying-steady');
    const contact: Encounter = {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
      subject: { reference: `Patient/${patient}` },
      basedOn: [{ reference: `ServiceRequest/${request}` }],
      extension: [{ url: `${base}/StructureDefinition/readiness`, valueCodeableConcept: { coding: [green] } }],
    };
    const answers = await Promise.all([1, 2, 3].map(() => actors.post('provider-khl', contact)));
    const { extension } = await actors.read<Task>('practice', `Task/${part}`);
    const counted = extension?.find(({ url }) => url.endsWith('/contact-count'))?.valuePositiveInt;
    expect([answers.map(({ status }) => status), counted]).toEqual([[201, 201, 201], 3]);
  });

  it('says when each of its Tasks was last changed', async () => {
    const referral = await actors.refer('staying-steady');
    const times = async () => {
      const tasks = [referral.parent, referral.part].map((id) => actors.read<Task>('practice', `Task/${id}`));
      return (await Promise.all(tasks)).map(({ authoredOn, lastModified = '' }) => lastModified > (authoredOn ?? ''));
    };
    expect(await times()).toEqual([false, false]);
    await actors.move('provider-khl', referral.part, { status: 'received' });
    expect(await times()).toEqual([true, true]);
  });
});

const base = 'https://ginnel.org.uk/fhir';
const green = { system: `${base}/CodeSystem/readiness`, code: 'green' };
