import type { Appointment, Encounter, Observation, Organization, Task } from 'fhir/r4';
import type { Measure, OutcomeSummaryInput } from '../src/domain/outcome-summary/summary-input.js';

const subject = { reference: 'Patient/p1' };
const request = { reference: 'ServiceRequest/s1' };

/** One invented referral, with everything that a summary can say of it. */
export function summaryInput(change: Partial<OutcomeSummaryInput> = {}): OutcomeSummaryInput {
  const practice = organization('practice', 'Example Practice');
  const provider = organization('provider', 'Example Living');
  return {
    baseUrl: 'https://ginnel.example/fhir',
    at: '2021-08-02T10:00:00Z',
    serviceRequest: {
      resourceType: 'ServiceRequest',
      id: 's1',
      meta: { versionId: '2' },
      status: 'active',
      intent: 'order',
      code: { text: 'Social prescribing' },
      subject: { ...subject, display: 'not for the document' },
      requester: { reference: 'PractitionerRole/r1' },
      authoredOn: '2021-03-01',
      reasonCode: [{ text: 'Chronic pain' }],
      note: [{ text: 'not for the document' }],
    },
    patient: {
      resourceType: 'Patient',
      id: 'p1',
      meta: { versionId: '1' },
      identifier: [
        { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9000000009' },
        { system: 'https://example.org/local', value: 'not for the document' },
      ],
      name: [{ family: 'Example', given: ['Pat'] }],
      birthDate: '1960-02-03',
      address: [{ text: 'not for the document' }],
    },
    referral: task('t0', { status: 'completed' }),
    offers: [
      {
        task: task('t1', {
          status: 'completed',
          output: [{ type: { coding: [{ code: 'need-met' }] }, valueCode: 'partly' }],
        }),
        activity: 'Staying Steady',
        provider,
        appointments: [
          appointment('a1', 'fulfilled', '2021-04-02T10:00:00Z'),
          appointment('a2', 'arrived', '2021-04-09T23:30:00Z'),
          appointment('a3', 'noshow', '2021-04-16T10:00:00Z'),
          appointment('a4', 'cancelled', '2021-04-23T10:00:00Z'),
          appointment('a5', 'booked', '2021-09-01T10:00:00Z'),
          appointment('a6', 'entered-in-error', '2021-04-30T10:00:00Z'),
        ],
      },
    ],
    contacts: [
      encounter('e1', '2021-03-10T10:00:00Z'),
      encounter('e2', '2021-03-17T10:00:00Z'),
      encounter('e3', '2021-03-24T10:00:00Z', { status: 'cancelled' }),
    ],
    measures: [measure(22, 28)],
    requester: practice,
    author: provider,
    custodian: provider,
    notes: { whatMatters: 'Walking to the shop again', stillOpen: ['Waiting for a place in the walking group'] },
    ...change,
  };
}

export function organization(id: string, name: string): Organization {
  const telecom: Organization['telecom'] = [{ system: 'phone', value: 'not for the document' }];
  return { resourceType: 'Organization', id, meta: { versionId: '1' }, name, telecom };
}

export function task(id: string, change: Partial<Task> = {}): Task {
  return {
    resourceType: 'Task',
    id,
    meta: { versionId: '5' },
    status: 'in-progress',
    intent: 'order',
    focus: request,
    for: subject,
    note: [{ text: 'not for the document' }],
    ...change,
  };
}

export function appointment(id: string, status: Appointment['status'], start: string): Appointment {
  return {
    resourceType: 'Appointment',
    id,
    meta: { versionId: '1' },
    status,
    start,
    basedOn: [request],
    participant: [{ actor: subject, status: 'accepted' }],
  };
}

export function encounter(id: string, start: string, change: Partial<Encounter> = {}): Encounter {
  return {
    resourceType: 'Encounter',
    id,
    meta: { versionId: '1' },
    status: 'finished',
    class: { code: 'VR', display: 'telephone' },
    subject,
    basedOn: [request],
    serviceProvider: { reference: 'Organization/provider' },
    period: { start },
    ...change,
  };
}

export function measure(before: number | undefined, after: number | undefined): Measure {
  return {
    item: { code: 'total', label: 'MSK-HQ total', direction: 'higher-is-better', min: 0, max: 56 },
    ...(before !== undefined && { before: score('before', before, '2021-03-12') }),
    ...(after !== undefined && { after: score('after', after, '2021-07-20') }),
    importantChanges: [
      {
        item: 'total',
        points: 6,
        upTo: 8,
        population: 'Physiotherapy, United Kingdom',
        source: 'a named study',
        evidence: 'secondary',
        caution: 'One person errs by more than that.',
      },
    ],
  };
}

function score(id: string, valueInteger: number, effectiveDateTime: string): Observation {
  return {
    resourceType: 'Observation',
    id,
    meta: { versionId: '1' },
    status: 'final',
    code: { coding: [{ code: 'total' }] },
    subject,
    effectiveDateTime,
    valueInteger,
    note: [{ text: 'not for the document' }],
  };
}
