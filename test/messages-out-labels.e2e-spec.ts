import { answered, GpSystem } from './gp-system.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
const clients = [
  {
    client: 'gp-restricted',
    role: 'practice',
    organisation: 'worth-valley-practice',
    token: 'restricted-token',
    scopes: ['system/*.cruds', 'https://ginnel.org.uk/fhir/scope/restricted'],
  },
] as const;

describe('a message to a GP system whose person is labelled while it waits', () => {
  let world: World;
  let gp: GpSystem;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ clients });
    gp = await GpSystem.start(world);
    gp.answer = answered(200);
  });

  afterAll(async () => {
    await world.stop();
    await gp.receiver.stop();
  });

  async function label(patient: string, operation: '$meta-add' | '$meta-delete'): Promise<void> {
    const answer = await world.send(undefined, {
      method: 'POST',
      path: `/fhir/${patient}/${operation}`,
      headers: { authorization: 'Bearer restricted-token' },
      body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { security } }] },
    });
    if (answer.status !== 200) throw new Error(answer.text);
  }

  it('is not sent, and goes out at the wish of the requester when the label is gone', async () => {
    const referral = await gp.refer();
    const [task] = await gp.search<{ for: { reference: string } }>('practice', `Task?_id=${referral.part}`);
    const patient = task?.for.reference ?? '';
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await gp.untilStatuses(referral, ['on-hold']);
    await label(patient, '$meta-add');
    await gp.listen();
    const [stopped] = await gp.untilStatuses(referral, ['stopped']);
    expect([stopped?.statusReason?.text, gp.taken]).toEqual(['restricted meanwhile', []]);
    await label(patient, '$meta-delete');
    const path = `/fhir/Communication/${stopped?.id ?? ''}/$resend`;
    expect((await world.send('practice', { method: 'POST', path })).status).toBe(200);
    await gp.untilStatuses(referral, ['completed']);
    expect(gp.responsesTo(referral)).toHaveLength(1);
  });
});
