import { randomUUID } from 'node:crypto';
import type { Communication, Encounter, ServiceRequest, Task } from 'fhir/r4';
import {
  anew,
  areExamplesHere,
  BarsWorld,
  businessOf,
  changedExample,
  example,
  idIn,
  reason,
  refusal,
  remarks,
  statusIn,
} from './bars-world.js';
import { startWorld, type World } from './world.js';

const later = { start: '2021-11-26T15:05:00+00:00', end: '2021-11-26T15:45:00+00:00' };

describe("the standard's own messages in their order", () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
    await bars.service('111111111', ['a1t1', 'a4t1', 'a5t1', 'a6t3']);
  });

  afterAll(async () => {
    await world.stop();
  });

  if (!areExamplesHere) {
    it('are not here to be played: the shared folder is absent', () => {
      expect(areExamplesHere).toBe(false);
    });
    return;
  }

  /** A new message of an example is taken; the ServiceRequest's id here, and what the message was called. */
  async function sent(name: string) {
    const message = anew(example(name));
    const conversation = { 'x-correlation-id': randomUUID() };
    const answer = await bars.process('practice', message, conversation);
    if (answer.status !== 200) throw new Error(answer.text);
    return { id: idIn(answer, 'ServiceRequest'), message, conversation };
  }

  const cancellation = (id: string) => changedExample(anew(example('ig_SERVREQ01')), { request: { id } });
  const answering = (name: string, message: string) => {
    const response = anew(example(name));
    return changedExample(response, { header: { response: { identifier: message, code: 'ok' } } });
  };

  it('REFREQ01 and SERVREQ01: a referral that nobody has seen is cancelled at once', async () => {
    const { id, conversation } = await sent('ig_REFREQ01');
    const answer = await bars.process('practice', cancellation(id), conversation);
    const request = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    const part = await bars.part(id);
    expect([answer.status, statusIn(answer, 'ServiceRequest'), idIn(answer, 'ServiceRequest')]).toEqual([
      200,
      'revoked',
      id,
    ]);
    expect([request.status, part.status, businessOf(part)]).toEqual(['revoked', 'cancelled', 'cancelled-by-requester']);
    expect(refusal(await bars.process('practice', cancellation(id), conversation))).toBe(
      '409 REC_CONFLICT conflict Bundle.entry[1].resource.status',
    );
  });

  it('REFREQ01 and a cancellation with reason delete: it was sent in error', async () => {
    const { id, conversation } = await sent('ig_REFREQ01');
    const inError = changedExample(cancellation(id), {
      header: { ...reason('delete') },
      request: { status: 'entered-in-error' },
    });
    const answer = await bars.process('practice', inError, conversation);
    const tasks = await bars.search<Task>('practice', `Task?focus=ServiceRequest/${id}`);
    expect([answer.status, statusIn(answer, 'ServiceRequest')]).toEqual([200, 'entered-in-error']);
    expect(tasks.map(({ status }) => status)).toEqual(['entered-in-error', 'entered-in-error']);
  });

  it('VALREQ01, its update and SERVREQ01: a validation is begun, changed and ended', async () => {
    const { id, message, conversation } = await sent('ig_VALREQ01');
    const update = changedExample(anew(message), {
      header: reason('update'),
      request: { id, status: 'on-hold', priority: 'urgent' },
    });
    const later = { ...update, timestamp: '2021-11-26T15:01:00Z' };
    const updated = await bars.process('practice', later, conversation);
    const between = await bars.read<ServiceRequest>('provider-khl', `ServiceRequest/${id}`);
    expect([updated.status, idIn(updated, 'ServiceRequest'), remarks(updated)]).toEqual([
      200,
      id,
      ['ServiceRequest.status'],
    ]);
    expect([between.status, between.priority, between.meta?.versionId]).toEqual(['active', 'urgent', '2']);
    expect(between.note?.map(({ time }) => time)).toEqual(['2021-11-26T15:01:00Z']);
    const early = { ...anew(update), timestamp: '2021-11-26T15:00:30Z' };
    expect(refusal(await bars.process('practice', early, conversation))).toBe(
      '409 REC_CONFLICT conflict Bundle.timestamp',
    );
    const ended = await bars.process('practice', cancellation(id), conversation);
    const request = await bars.read<ServiceRequest>('provider-khl', `ServiceRequest/${id}`);
    expect([ended.status, request.status]).toEqual([200, 'revoked']);
  });

  it('VALREQ01, VALRESP01A and VALRESP01B: a validation is under way and done; the final answers the interim', async () => {
    const { id, message, conversation } = await sent('ig_VALREQ01');
    const interim = answering('ig_VALRESP01A', message.id ?? '');
    const first = await bars.process('provider-khl', interim, conversation);
    const between = await bars.part(id);
    const final = answering('ig_VALRESP01B', interim.id ?? '');
    const second = await bars.process('provider-khl', final, conversation);
    const after = await bars.part(id);
    expect([first.status, remarks(first), second.status, remarks(second)]).toEqual([200, [], 200, []]);
    expect([between.status, after.status, businessOf(after)]).toEqual(['in-progress', 'completed', 'completed']);
    expect((await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`)).status).toBe('completed');
    const told = await received(after);
    expect(told.map(({ sent: when, identifier }) => [when, identifier?.[0]?.value])).toEqual([
      [interim.timestamp, interim.id],
      [final.timestamp, final.id],
    ]);
  });

  it('VALREQ01 and an update that names no use case, as the published one does: it is changed, and told so', async () => {
    const { id, message, conversation } = await sent('ig_VALREQ01');
    const [coding] = (message.entry?.[1]?.resource as ServiceRequest).category?.[0]?.coding ?? [];
    const update = changedExample(anew(message), {
      header: reason('update'),
      request: { id, category: [{ coding: coding ? [coding] : [] }], occurrencePeriod: later },
    });
    const answer = await bars.process('practice', update, conversation);
    const after = await bars.read<ServiceRequest>('provider-khl', `ServiceRequest/${id}`);
    expect([answer.status, remarks(answer)]).toEqual([200, ['Bundle.entry[1].resource.category[0].coding']]);
    expect(after.occurrencePeriod).toEqual(later);
    expect(after.category?.[0]?.coding?.map(({ code }) => code)).toEqual(['validation', 'a4t1']);
  });

  it('VALREQ01 and an answer whose Encounter is cancelled: the validation is refused, with the reason', async () => {
    const { id, message, conversation } = await sent('ig_VALREQ01');
    const coding = [{ system: 'https://fhir.nhs.uk/CodeSystem/rejected-reasons-bars', code: 'FC' }];
    const refused = answering('ig_VALRESP01A', message.id ?? '');
    const theirs = refused.entry?.find(({ resource }) => (resource as Encounter).status === 'in-progress');
    Object.assign(theirs?.resource ?? {}, { status: 'cancelled', reasonCode: [{ coding }] });
    const answer = await bars.process('provider-khl', refused, conversation);
    const part = await bars.part(id);
    expect([answer.status, remarks(answer), part.status, businessOf(part)]).toEqual([200, [], 'rejected', 'rejected']);
    expect(part.statusReason?.coding?.map(({ code }) => code)).toEqual(['FC', '27']);
  });

  it('REFREQ03, and VALREQ01 as its update or VALRESP01A as its answer: a referral becomes no validation', async () => {
    const { id, message, conversation } = await sent('ig_REFREQ03');
    const update = changedExample(anew(example('ig_VALREQ01')), { header: reason('update'), request: { id } });
    const answers = [
      await bars.process('practice', { ...update, timestamp: '2023-06-26T11:31:00+00:00' }, conversation),
      await bars.process('provider-khl', answering('ig_VALRESP01A', message.id ?? ''), conversation),
    ];
    expect(answers.map(refusal)).toEqual([
      '400 REC_BAD_REQUEST invariant Bundle.entry[1].resource.category',
      '400 REC_BAD_REQUEST invariant Bundle.entry[1].resource.category',
    ]);
    const after = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    expect([after.meta?.versionId, (await bars.part(id)).status]).toEqual(['1', 'requested']);
  });

  it('REFREQ01 and REFRESP01: the person did not come, and the requester reads it', async () => {
    const { id, message, conversation } = await sent('ig_REFREQ01');
    await bars.move(await bars.part(id), { status: 'accepted' });
    const feedback = answering('ig_REFRESP01', message.id ?? '');
    const answer = await bars.process('provider-khl', feedback, conversation);
    const part = await bars.part(id);
    expect([answer.status, remarks(answer), part.status, businessOf(part)]).toEqual([200, [], 'accepted', 'dna']);
    const [told] = await received(part);
    expect(told).toMatchObject({
      status: 'completed',
      recipient: [{ reference: 'Organization/worth-valley-practice' }],
    });
    const flags = told?.about?.filter(({ reference }) => reference?.startsWith('Flag/')) ?? [];
    expect(flags.length).toBe(2);
    expect((await world.send('practice', { path: `/fhir/${flags[0]?.reference ?? ''}` })).status).toBe(200);
  });

  it('REFREQ01 and REFRESP01 twice: the person missed two sessions, and each is a version of its own', async () => {
    const { id, message, conversation } = await sent('ig_REFREQ01');
    await bars.move(await bars.part(id), { status: 'accepted' });
    const versions: unknown[] = [];
    for (let missed = 1; missed <= 2; missed++) {
      await bars.process('provider-khl', answering('ig_REFRESP01', message.id ?? ''), conversation);
      const part = await bars.part(id);
      versions.push([Number(part.meta?.versionId), businessOf(part), (await received(part)).length]);
    }
    expect(versions).toEqual([
      [3, 'dna', 1],
      [4, 'dna', 2],
    ]);
  });

  it('REFREQ01 and REFRESP02 with its definition put right: refused for want of a place, with the reason', async () => {
    const { id, message, conversation } = await sent('ig_REFREQ01');
    const definition = 'https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-response-referral-short';
    const refused = changedExample(answering('ig_REFRESP02', message.id ?? ''), {
      header: { definition, response: { identifier: message.id ?? '', code: 'ok' } },
    });
    const answer = await bars.process('provider-khl', refused, conversation);
    const part = await bars.part(id);
    expect([answer.status, remarks(answer), part.status, businessOf(part)]).toEqual([
      200,
      [],
      'rejected',
      'capacity-full',
    ]);
    const codes = part.statusReason?.coding?.map(({ code }) => code);
    expect([codes, part.statusReason?.text]).toEqual([
      ['RRNA', '22'],
      'We have a paramedic but not available for 30 mins',
    ]);
  });

  it('an answer that comes when all is over stays in the history, and moves nothing', async () => {
    const { id, message, conversation } = await sent('ig_REFREQ01');
    await bars.process('practice', cancellation(id), conversation);
    const answer = await bars.process('provider-khl', answering('ig_REFRESP01', message.id ?? ''), conversation);
    const part = await bars.part(id);
    expect([answer.status, part.status, (await received(part)).length]).toEqual([200, 'cancelled', 1]);
    expect(remarks(answer).length).toBeGreaterThan(0);
  });

  it('an answer is of whom the referral was sent to: to others its message is unknown, and its sender does not answer it', async () => {
    const { message } = await sent('ig_REFREQ01');
    const feedback = () => answering('ig_REFRESP01', message.id ?? '');
    const answers = [await bars.process('integrator', feedback()), await bars.process('practice', feedback())];
    expect(answers.map(refusal)).toEqual([
      '404 REC_NOT_FOUND not-found Bundle.entry[0].resource.response.identifier',
      '403 REC_FORBIDDEN forbidden Bundle.entry[0].resource.response.identifier',
    ]);
  });

  it('a cancellation is of whom the referral is: the provider reads it and does not cancel it, others do not know it', async () => {
    const { id } = await sent('ig_REFREQ01');
    const answers = [
      await bars.process('provider-khl', cancellation(id)),
      await bars.process('integrator', cancellation(id)),
    ];
    expect(answers.map(refusal)).toEqual([
      '403 REC_FORBIDDEN forbidden ServiceRequest.id',
      '404 REC_NOT_FOUND not-found Bundle.entry[1].resource.id',
    ]);
  });

  it('a referral that a provider has begun is asked back, and active until it says yes', async () => {
    const { id, conversation } = await sent('ig_REFREQ01');
    await bars.move(await bars.part(id), { status: 'accepted' });
    const answer = await bars.process('practice', cancellation(id), conversation);
    const part = await bars.part(id);
    expect([answer.status, statusIn(answer, 'ServiceRequest'), remarks(answer)]).toEqual([
      200,
      'active',
      ['ServiceRequest.status'],
    ]);
    expect([part.status, businessOf(part)]).toEqual(['accepted', 'cancel-requested']);
  });

  it('ten cancellations of one referral at once end it once', async () => {
    const { id } = await sent('ig_REFREQ01');
    const answers = await Promise.all(Array.from({ length: 10 }, () => bars.process('practice', cancellation(id))));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 200)).toEqual([200]);
    expect(statuses.filter((status) => status !== 200 && status !== 409 && status !== 503)).toEqual([]);
  });

  it('a cancellation finds its referral by our reference, too', async () => {
    const { id } = await sent('ig_REFREQ01');
    const [parent] = (await bars.search<Task>('practice', `Task?focus=ServiceRequest/${id}`)).filter(
      ({ partOf }) => partOf === undefined,
    );
    const identifier = parent?.identifier?.filter(({ value }) => value?.startsWith('GIN-')) ?? [];
    const byReference = changedExample(anew(example('ig_SERVREQ01')), { request: { identifier } });
    const answer = await bars.process('practice', byReference);
    expect([answer.status, idIn(answer, 'ServiceRequest')]).toEqual([200, id]);
  });

  async function received(part: Task): Promise<Communication[]> {
    const all = await bars.search<Communication>(
      'practice',
      `Communication?part-of=${part.partOf?.[0]?.reference ?? ''}`,
    );
    const taken = all.filter(({ category = [] }) => category[0]?.coding?.[0]?.code === 'received-response');
    return taken.sort((one, other) => (one.received ?? '').localeCompare(other.received ?? ''));
  }
});
