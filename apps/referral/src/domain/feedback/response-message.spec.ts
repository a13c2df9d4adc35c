import type {
  Bundle,
  Encounter,
  FhirResource,
  Flag,
  MessageHeader,
  Practitioner,
  PractitionerRole,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { judgeMessage, type MessageContext, vcseUseCase } from '../bars/index.js';
import { businessStatus, expectedWaitExtension } from '../codes.js';
import { responseBundle, type ResponseFacts } from './response-message.js';

const answers = '3f1f0e57-9a6b-4e6e-9b2c-1e3b8a0f5c10';
const ids = {
  request: 'b6a5c1de-0d0c-4a55-93d5-0a5c6b1e7f01',
  patient: 'b6a5c1de-0d0c-4a55-93d5-0a5c6b1e7f02',
  task: 'b6a5c1de-0d0c-4a55-93d5-0a5c6b1e7f03',
  assessment: 'b6a5c1de-0d0c-4a55-93d5-0a5c6b1e7f04',
  promised: 'b6a5c1de-0d0c-4a55-93d5-0a5c6b1e7f05',
};
const subject = { reference: `Patient/${ids.patient}` };
const ambulatory = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' };
const validationUseCase = { system: 'https://fhir.nhs.uk/CodeSystem/usecases-categories-bars', code: 'a4t1' };
const barsUseCase = { system: 'https://fhir.nhs.uk/CodeSystem/usecases-categories-bars', code: 'a5t1' };
const category = 'https://fhir.nhs.uk/CodeSystem/message-category-servicerequest';

const role: PractitionerRole = {
  resourceType: 'PractitionerRole',
  id: 'sent-1',
  practitioner: { reference: '#sent-2' },
};
const practitioner: Practitioner = { resourceType: 'Practitioner', id: 'sent-2', name: [{ family: 'Example' }] };

function facts(useCase: { system: string; code: string }, more: Partial<ResponseFacts> = {}): ResponseFacts {
  const isValidation = useCase === validationUseCase;
  const coding = [{ system: category, code: isValidation ? 'validation' : 'referral' }, useCase];
  return {
    part: part('accepted', 'accepted'),
    request: {
      resourceType: 'ServiceRequest',
      id: ids.request,
      contained: [role, practitioner],
      status: 'active',
      intent: 'plan',
      category: [{ coding }],
      subject,
      encounter: { reference: `Encounter/${ids.assessment}` },
      requester: { reference: '#sent-1' },
      performer: [{ reference: 'HealthcareService/walking' }],
    },
    patient: { resourceType: 'Patient', id: ids.patient },
    assessment: { resourceType: 'Encounter', id: ids.assessment, status: 'finished', class: ambulatory, subject },
    promised: { resourceType: 'Encounter', id: ids.promised, status: 'planned', class: ambulatory, subject },
    requester: { resourceType: 'Organization', id: 'moor-practice', name: 'Moor Practice' },
    provider: { resourceType: 'Organization', id: 'green-gym', name: 'Green Gym' },
    answers,
    returnAddress: 'https://fhir.nhs.uk/Id/dos-service-id|2000099901',
    ownAddress: 'https://fhir.nhs.uk/Id/dos-service-id|2000099911',
    also: [],
    ...more,
  };
}

function part(status: Task['status'], business: Parameters<typeof businessStatus>[0]): Task {
  return {
    resourceType: 'Task',
    id: ids.task,
    status,
    businessStatus: businessStatus(business),
    intent: 'order',
    focus: { reference: `ServiceRequest/${ids.request}` },
    for: subject,
    owner: { reference: 'Organization/green-gym' },
    lastModified: '2026-11-22T09:00:00Z',
  };
}

function made(from: ResponseFacts): Bundle {
  let next = 0;
  const newId = () => `00000000-0000-4000-8000-${String(next++).padStart(12, '0')}`;
  return responseBundle(from, {
    bundleId: newId(),
    now: '2026-11-22T09:00:01Z',
    newId,
    baseUrl: 'http://ginnel.test/fhir',
  });
}

const headers = {
  'X-Request-Id': '0c1f7a52-9a55-4a2c-8d3a-0d9d8f1c2b11',
  'X-Correlation-Id': '5d2c9d0e-6a59-4d5e-9a0f-7f0f0c5f7a22',
};
const context: MessageContext = {
  headers,
  services: () => undefined,
  known: {
    messages: (id) => id === answers,
    serviceRequest: () => undefined,
    slot: () => undefined,
    appointment: () => undefined,
  },
};

function find<R extends FhirResource>(bundle: Bundle, type: R['resourceType'], last = false): R | undefined {
  const found = (bundle.entry ?? []).map(({ resource }) => resource).filter((one) => one?.resourceType === type);
  return found.at(last ? -1 : 0) as R | undefined;
}

describe('a response to the sender of a referral', () => {
  it.each([
    ['our own use case', vcseUseCase, 'https://ginnel.org.uk/fhir/MessageDefinition/referral-response-vcse'],
    [
      'a use case of BaRS',
      barsUseCase,
      'https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-response-referral-short',
    ],
    [
      'a validation',
      validationUseCase,
      'https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-response-validation-interim',
    ],
  ])('of %s satisfies its definition in every state', (_, useCase, definition) => {
    const states: [Task['status'], Parameters<typeof businessStatus>[0]][] = [
      ['accepted', 'waitlisted'],
      ['in-progress', 'started'],
      ['on-hold', 'paused'],
      ['rejected', 'capacity-full'],
      ['cancelled', 'forwarded'],
      ['failed', 'expired'],
      ['completed', 'completed'],
    ];
    const verdicts = states.map(([status, business]) =>
      judgeMessage(made(facts(useCase, { part: part(status, business) })), context),
    );
    expect(verdicts).toEqual(states.map(() => expect.objectContaining({ accepted: true, kind: 'response' }) as object));
    const header = find<MessageHeader>(made(facts(useCase)), 'MessageHeader');
    expect([header?.definition, header?.response]).toEqual([definition, { identifier: answers, code: 'ok' }]);
  });

  it('names what rides along by its urn and all else by its address, and its people as the sender did', () => {
    const message = made(facts(vcseUseCase));
    const request = find<ServiceRequest>(message, 'ServiceRequest');
    const asked = find<PractitionerRole>(message, 'PractitionerRole');
    const named = message.entry?.find(({ resource }) => resource?.resourceType === 'Practitioner');
    expect([request?.subject.reference, request?.performer?.[0]?.reference, asked?.practitioner?.reference]).toEqual([
      `urn:uuid:${ids.patient}`,
      'http://ginnel.test/fhir/HealthcareService/walking',
      named?.fullUrl,
    ]);
  });

  it('has staff of the provider where the sender named nobody', () => {
    const { contained, ...request } = facts(barsUseCase).request;
    expect(contained).toHaveLength(2);
    const verdict = judgeMessage(
      made(facts(barsUseCase, { request: { ...request, requester: { display: 'Dr' } } })),
      context,
    );
    expect(verdict).toMatchObject({ accepted: true });
  });

  it('says that a referral is completed only in our own use case, and revoked only where it was', () => {
    const statusOf = (useCase: typeof barsUseCase, status: ServiceRequest['status'], told: Task) => {
      const { request } = facts(useCase);
      return find<ServiceRequest>(
        made(facts(useCase, { request: { ...request, status }, part: told })),
        'ServiceRequest',
      )?.status;
    };
    const [done, gone] = [part('completed', 'completed'), part('cancelled', 'cancelled-by-requester')];
    expect([
      statusOf(vcseUseCase, 'completed', done),
      statusOf(barsUseCase, 'completed', done),
      statusOf(vcseUseCase, 'revoked', gone),
      statusOf(vcseUseCase, 'completed', part('in-progress', 'started')),
    ]).toEqual(['completed', 'active', 'revoked', 'active']);
  });

  it('says of a validation that it is under way or at its end, and revokes none', () => {
    const told = (status: ServiceRequest['status'], standing: Task) => {
      const { request } = facts(validationUseCase);
      const message = made(facts(validationUseCase, { request: { ...request, status }, part: standing }));
      expect(judgeMessage(message, context)).toMatchObject({ accepted: true });
      const focus = find<MessageHeader>(message, 'MessageHeader')?.focus?.[0]?.reference;
      const focused = message.entry?.find(({ fullUrl }) => fullUrl === focus)?.resource as Encounter;
      return [find<ServiceRequest>(message, 'ServiceRequest')?.status, focused.status];
    };
    expect([
      told('active', part('accepted', 'accepted')),
      told('active', part('on-hold', 'paused')),
      told('active', part('completed', 'completed')),
      told('revoked', part('cancelled', 'cancelled-by-requester')),
    ]).toEqual([
      ['active', 'in-progress'],
      ['active', 'in-progress'],
      ['active', 'finished'],
      ['active', 'cancelled'],
    ]);
  });

  it('tells the expected wait of somebody who waits, and none of what has ended', () => {
    const extension = [{ url: expectedWaitExtension, valueDuration: { value: 8, unit: 'weeks' } }];
    const told = (one: Task) =>
      find<Task>(made(facts(vcseUseCase, { part: { ...one, extension } })), 'Task')?.extension;
    const [waits, ended] = [part('accepted', 'waitlisted'), part('cancelled', 'patient-declined')];
    expect([told(waits), told(ended)]).toEqual([extension, undefined]);
  });

  it('carries what rides along, and says where it corrects', () => {
    const flag: Flag = {
      resourceType: 'Flag',
      id: 'b6a5c1de-0d0c-4a55-93d5-0a5c6b1e7f09',
      status: 'active',
      code: { text: 'Safeguarding' },
      subject,
    };
    const message = made(facts(vcseUseCase, { also: [flag], corrects: true }));
    const header = find<MessageHeader>(message, 'MessageHeader');
    expect([find<Flag>(message, 'Flag')?.subject.reference, header?.reason?.coding?.[0]?.code]).toEqual([
      `urn:uuid:${ids.patient}`,
      'update',
    ]);
  });
});
