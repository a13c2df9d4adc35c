import type { Bundle, DocumentReference, Encounter, OperationOutcome, Task } from 'fhir/r4';
import { answered, GpSystem, headerOf, resourceIn } from './gp-system.js';
import { eventually } from './eventually.js';
import { SetClock } from './outcome-world.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('the outcome of a referral that came as a message', () => {
  let world: World;
  let gp: GpSystem;
  const clock = new SetClock();
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: clock.now });
    gp = await GpSystem.start(world);
    gp.answer = answered(200);
    await gp.listen();
  });

  afterAll(async () => {
    await world.stop();
    await gp.receiver.stop();
  });

  async function completed() {
    const referral = await gp.refer();
    await actors.start('provider-khl', referral.part);
    await actors.complete('provider-khl', referral.part);
    await eventually(
      () => gp.search<DocumentReference>('practice', `DocumentReference?related=ServiceRequest/${referral.request}`),
      (found) => found.length > 0,
    );
    return referral;
  }

  it('is not sent to a practice that did not ask for it', async () => {
    const referral = await completed();
    const found = await gp.untilStatuses(referral, ['completed', 'completed', 'completed']);
    expect(found).toHaveLength(3);
    expect(gp.responsesTo(referral).some((one) => resourceIn(one, 'Binary') !== undefined)).toBe(false);
  });

  it('is sent as document and page to one that did, as a valid response', async () => {
    const body = { resourceType: 'Parameters', parameter: [{ name: 'send', valueBoolean: true }] };
    const path = '/fhir/DocumentReference/$summary-delivery';
    const decided = await world.send('practice', { method: 'POST', path, body });
    expect(decided.status).toBe(200);
    const referral = await completed();
    await gp.untilStatuses(referral, ['completed', 'completed', 'completed', 'completed']);
    const outcome = gp.responsesTo(referral).at(-1) as Bundle;
    expect(headerOf(outcome)).toMatchObject({
      definition: 'https://ginnel.org.uk/fhir/MessageDefinition/referral-response-vcse',
    });
    const document = resourceIn<DocumentReference>(outcome, 'DocumentReference');
    const attached = (document?.content ?? []).map(({ attachment }) => ({
      type: attachment.contentType,
      there: outcome.entry?.find(({ fullUrl }) => fullUrl === attachment.url)?.resource?.resourceType,
    }));
    expect(attached).toEqual([
      { type: 'application/fhir+json', there: 'Binary' },
      { type: 'application/pdf', there: 'Binary' },
    ]);
    const validated = await world.send<OperationOutcome>('practice', {
      ...{ method: 'POST', path: '/fhir/Bundle/$validate', body: outcome },
    });
    expect(validated.body.issue.filter(({ severity }) => ['error', 'fatal'].includes(severity))).toEqual([]);
  });

  it('comes at a milestone from the provider that goes on, also where another one said no since', async () => {
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    // Its day is near, so that no reminder is the last that is known of the part.
    const start = new Date(clock.now().getTime() - 60 * 86_400_000).toISOString();
    const executionPeriod = { start: start.slice(0, 10) };
    await actors.move('provider-khl', referral.part, { status: 'in-progress', executionPeriod });
    const { body: other } = await actors.ask({ ...referral, patient: '' }, 'games-cafe');
    const system = 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars';
    const statusReason = { coding: [{ system, code: '40' }] };
    await actors.move('provider-project6', other.id ?? '', { status: 'rejected', statusReason });
    await gp.untilStatuses(referral, ['completed', 'completed', 'completed']);
    clock.forward(25);
    await gp.untilStatuses(referral, ['completed', 'completed', 'completed', 'completed']);
    const letter = gp.responsesTo(referral).at(-1) as Bundle;
    const named = (url = '') => letter.entry?.find(({ fullUrl }) => fullUrl === url)?.resource;
    const { sender, focus } = headerOf(letter);
    expect(resourceIn<DocumentReference>(letter, 'DocumentReference')?.docStatus).toBe('preliminary');
    expect(named(sender?.reference)).toMatchObject({ name: 'Keighley Healthy Living' });
    expect((named(focus?.[0]?.reference) as Encounter).status).toBe('in-progress');
    expect(resourceIn<Task>(letter, 'Task')?.status).toBe('in-progress');
  });
});
