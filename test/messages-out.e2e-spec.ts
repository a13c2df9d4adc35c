import type { Bundle, Communication, Encounter, OperationOutcome, Patient, Reference, ServiceRequest } from 'fhir/r4';
import { judgeMessage } from '../apps/referral/src/domain/bars/index.js';
import { eventually } from './eventually.js';
import { answered, GpSystem, headerOf, outcomeOf, resourceIn, saidBy } from './gp-system.js';
import { messageFor } from './messages.js';
import { TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const ukCore = 'https://fhir.hl7.org.uk';

describe('what a GP system is told of the referral that it sent as a message', () => {
  let world: World;
  let gp: GpSystem;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
    gp = await GpSystem.start(world);
    await gp.listen();
  });

  beforeEach(() => {
    gp.answer = answered(200);
  });

  afterAll(async () => {
    await world.stop();
    await gp.receiver.stop();
  });

  it('comes to its return address in the order in which it happened, each a valid response to its message', async () => {
    const referral = await gp.refer();
    await actors.start('provider-khl', referral.part);
    await actors.complete('provider-khl', referral.part);
    await gp.untilStatuses(referral, ['completed', 'completed', 'completed']);
    const responses = gp.responsesTo(referral);
    expect(responses.map(saidBy)).toEqual(['accepted', 'started', 'completed']);
    const statuses = responses.map((one) => resourceIn<ServiceRequest>(one, 'ServiceRequest')?.status);
    expect(statuses).toEqual(['active', 'active', 'completed']);
    for (const response of responses) {
      const { headers } = gp.taken.find(({ body }) => body.includes(`"id":"${response.id ?? ''}"`)) ?? { headers: {} };
      const verdict = judgeMessage(response, {
        headers,
        services: () => undefined,
        known: { ...knownNothing, messages: (id) => id === referral.message.id },
      });
      expect(verdict).toMatchObject({ accepted: true, kind: 'response' });
      const validated = await world.send<OperationOutcome>('practice', {
        ...{ method: 'POST', path: '/fhir/Bundle/$validate', body: response },
      });
      expect(validated.body.issue.filter(({ severity }) => ['error', 'fatal'].includes(severity))).toEqual([]);
    }
  });

  it('bears the headers of the standard, with a request id of its own and the correlation id of the referral', async () => {
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await gp.untilStatuses(referral, ['completed']);
    const [response] = gp.responsesTo(referral);
    const received = gp.taken.find(({ body }) => body === JSON.stringify(response));
    const decoded = (name: string) =>
      JSON.parse(Buffer.from(String(received?.headers[name]), 'base64').toString()) as object;
    expect(received).toMatchObject({
      path: '/FHIR/R4/$process-message',
      headers: {
        'content-type': 'application/fhir+json',
        accept: 'application/fhir+json; version=1.4.0',
        'x-correlation-id': referral.correlationId,
        'use-context': 'vcse|referral|servicerequest-response|new',
      },
    });
    expect(decoded('nhsd-target-identifier')).toEqual({
      system: 'https://fhir.nhs.uk/Id/dos-service-id',
      value: '2000099901',
    });
    expect(decoded('nhsd-end-user-organisation')).toMatchObject({ resourceType: 'Organization' });
    expect(decoded('nhsd-requesting-software')).toMatchObject({ resourceType: 'Device' });
    expect(headerOf(response ?? never())).toMatchObject({
      destination: [{ endpoint: 'https://fhir.nhs.uk/Id/dos-service-id|2000099901' }],
      source: { endpoint: 'https://fhir.nhs.uk/Id/dos-service-id|2000099911' },
      response: { identifier: referral.message.id, code: 'ok' },
    });
  });

  it('is written as it is today, where the referral was written as it was before', async () => {
    const text = JSON.stringify(
      messageFor(({ patient, request }) => {
        delete request.encounter;
        const coding = [{ system: `${ukCore}/CodeSystem/UKCore-EthnicCategory`, code: 'A' }];
        const url = `${ukCore}/StructureDefinition/Extension-UKCore-EthnicCategory`;
        Object.assign(patient, { extension: [{ url, valueCodeableConcept: { coding } }] });
      }),
    );
    const old = text
      .replaceAll('https://fhir.nhs.uk/Id/', 'http://fhir.nhs.uk/id/')
      .replaceAll('https://fhir.nhs.uk/CodeSystem/message-category', 'http://fhir.nhs.uk/CodeSystem/message-category');
    const referral = await gp.refer(JSON.parse(old) as Bundle);
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await gp.untilStatuses(referral, ['completed']);
    const response = gp.responsesTo(referral)[0] ?? never();
    const received = gp.taken.find(({ body }) => body === JSON.stringify(response));
    expect(headerOf(response)).toMatchObject({
      destination: [{ endpoint: 'https://fhir.nhs.uk/Id/dos-service-id|2000099901' }],
    });
    expect(received?.headers['use-context']).toBe('vcse|referral|servicerequest-response|new');
    const encounters = response.entry?.filter(({ resource }) => resource?.resourceType === 'Encounter');
    expect(encounters).toHaveLength(2);
    const coding = [{ system: `${ukCore}/CodeSystem/UKCore-EthnicCategoryEngland`, code: 'A' }];
    expect(resourceIn<Patient>(response, 'Patient')).toMatchObject({
      extension: [{ valueCodeableConcept: { coding } }],
    });
  });

  it('says why, where a provider could not take it', async () => {
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'received' });
    const system = 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars';
    const statusReason = { coding: [{ system, code: '40' }] };
    await actors.move('provider-khl', referral.part, { status: 'rejected', statusReason });
    await gp.untilStatuses(referral, ['completed']);
    const [response] = gp.responsesTo(referral);
    const focus = headerOf(response ?? never()).focus?.[0]?.reference;
    const encounter = response?.entry?.find(({ fullUrl }) => fullUrl === focus)?.resource;
    expect(encounter).toMatchObject({ resourceType: 'Encounter', status: 'cancelled', reasonCode: [statusReason] });
  });

  it('is followed by the requester and the provider, and by nobody else', async () => {
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const [message] = await gp.untilStatuses(referral, ['completed']);
    expect(message).toMatchObject({
      received: expect.any(String) as string,
      recipient: [{ reference: 'Organization/worth-valley-practice' }],
      sender: { reference: 'Organization/keighley-healthy-living' },
      topic: { coding: [{ code: 'accepted' }] },
    });
    const seen = await Promise.all(
      (['practice', 'provider-khl', 'provider-project6'] as const).map((as) => gp.messagesAbout(referral, as)),
    );
    expect(seen.map(({ length }) => length)).toEqual([1, 1, 0]);
    const path = `/fhir/Communication/${message?.id ?? ''}/$message`;
    const fetched = await world.send('practice', { path });
    expect([fetched.status, fetched.body]).toEqual([200, gp.responsesTo(referral)[0]]);
    const others = await Promise.all(
      (['provider-khl', 'provider-project6'] as const).map((as) => world.send(as, { path })),
    );
    expect(others.map(({ status }) => status)).toEqual([404, 404]);
  });

  it('is not changed by those who follow it', async () => {
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const [message] = await gp.untilStatuses(referral, ['completed']);
    const change = { ...(message ?? never()), status: 'stopped' } as Communication;
    const answers = await Promise.all((['practice', 'provider-khl'] as const).map((as) => actors.put(as, change)));
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
  });

  it('stops where it is refused for good, and goes out again at the wish of the requester, the same bytes', async () => {
    gp.answer = answered(422, outcomeOf('not-supported', 'REC_UNPROCESSABLE_ENTITY'));
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const [stopped] = await gp.untilStatuses(referral, ['stopped']);
    expect(stopped?.statusReason).toMatchObject({
      coding: [{ code: 'given-up' }],
      text: '422 REC_UNPROCESSABLE_ENTITY',
    });
    gp.answer = answered(200);
    const path = `/fhir/Communication/${stopped?.id ?? ''}/$resend`;
    const refused = await world.send('provider-khl', { method: 'POST', path });
    const taken = await world.send('practice', { method: 'POST', path });
    expect([refused.status, taken.status]).toEqual([403, 200]);
    await gp.untilStatuses(referral, ['completed']);
    const [first, second] = gp.taken.filter(({ headers }) => headers['x-correlation-id'] === referral.correlationId);
    expect([second?.body, second?.headers['x-request-id']]).toEqual([first?.body, first?.headers['x-request-id']]);
  });

  it('counts as received where the other side says that it has it already', async () => {
    gp.answer = answered(409, outcomeOf('duplicate', 'REC_CONFLICT'));
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await gp.untilStatuses(referral, ['completed']);
    expect(gp.responsesTo(referral)).toHaveLength(1);
  });

  it('goes nowhere for a referral that came as a resource', async () => {
    const before = gp.taken.length;
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const sent = await gp.refer();
    await actors.move('provider-khl', sent.part, { status: 'accepted' });
    await gp.untilStatuses(sent, ['completed']);
    const about = await gp.search('practice', `Communication?part-of=Task/${referral.parent}`);
    expect([about.length, gp.taken.length - before]).toEqual([0, 1]);
  });

  it('goes on in the same conversation where the referral is reopened after its wish has ended', async () => {
    const referral = await gp.refer();
    await actors.start('provider-khl', referral.part);
    await actors.complete('provider-khl', referral.part);
    const note = { valueString: 'She asks again.' };
    const { id: again = '', focus, partOf } = await actors.done('provider-khl', referral.part, 'reopen', { note });
    await gp.untilStatuses(referral, ['completed', 'completed', 'completed', 'completed']);
    await actors.start('provider-khl', again);
    await gp.untilStatuses({ ...referral, parent: idIn(partOf?.[0]) }, ['completed', 'completed']);
    const responses = gp.responsesTo(referral);
    const told = [responses[0], responses.at(-1)].map((one = never()) => promisedIn(one));
    expect(responses.slice(-2).map(saidBy)).toEqual(['accepted', 'started']);
    expect(told.map((one) => one?.status)).toEqual(['planned', 'in-progress']);
    expect(told[1]).toMatchObject({
      identifier: told[0]?.identifier,
      basedOn: [{ reference: `urn:uuid:${idIn(focus)}` }],
    });
  });

  it('is told once to each, whoever asks at the same moment', async () => {
    const sent = await Promise.all(Array.from({ length: 5 }, () => gp.refer()));
    await Promise.all(sent.map(({ part }) => actors.start('provider-khl', part)));
    for (const referral of sent) await gp.untilStatuses(referral, ['completed', 'completed']);
    const said = await eventually(
      () => Promise.resolve(sent.map((referral) => gp.responsesTo(referral).map(saidBy))),
      (all) => all.every(({ length }) => length === 2),
    );
    expect(said).toEqual(sent.map(() => ['accepted', 'started']));
  });
});

function idIn(reference: Reference | undefined): string {
  return reference?.reference?.split('/')[1] ?? '';
}

/** The Encounter that was promised to the sender. */
function promisedIn(response: Bundle): Encounter | undefined {
  const focus = headerOf(response).focus?.[0]?.reference;
  return response.entry?.find(({ fullUrl }) => fullUrl === focus)?.resource as Encounter | undefined;
}

const knownNothing = {
  serviceRequest: () => undefined,
  slot: () => undefined,
  appointment: () => undefined,
};

function never(): never {
  throw new Error('It did not come.');
}
