import type { Condition, Organization, Patient, ServiceRequest, Task } from 'fhir/r4';

/** Made-up records of realistic shape and size; no person, place or number in them exists. */
export const practice = 'bench-practice';
const system = 'https://ginnel.example/bench';

/** About 3 kB: what a practice writes about a person whom it refers. */
export function sampleCondition(patientId: string): Condition {
  return {
    resourceType: 'Condition',
    meta: { profile: [`${system}/StructureDefinition/condition`] },
    identifier: [
      { system: `${system}/condition`, value: 'C-0001', assigner: { display: 'Bench practice' } },
      { system: `${system}/problem-list`, value: 'P-0001' },
    ],
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    verificationStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }],
    },
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/condition-category',
            code: 'problem-list-item',
            display: 'Problem List Item',
          },
        ],
      },
    ],
    severity: { coding: [{ system: `${system}/severity`, code: 'moderate' }], text: 'Moderate' },
    code: {
      coding: [
        { system: `${system}/codes`, code: 'knee-pain', display: 'Pain of a knee' },
        { system: `${system}/local`, code: 'K1', display: 'Knee' },
      ],
      text: 'Pain of a knee for more than three months',
    },
    bodySite: [{ coding: [{ system: `${system}/sites`, code: 'left-knee', display: 'Left knee' }] }],
    subject: { reference: `Patient/${patientId}` },
    onsetDateTime: '2026-03-02',
    recordedDate: '2026-06-15T09:30:00+01:00',
    evidence: [
      { code: [{ coding: [{ system: `${system}/codes`, code: 'stiffness' }], text: 'Stiff in the morning' }] },
    ],
    note: Array.from({ length: 5 }, (_, at) => ({ time: `2026-06-${String(at + 10)}T10:00:00Z`, text: sentence })),
  };
}

const sentence =
  'A sentence of the bench that stands for what somebody would write here, as long as such a remark usually is, about stairs, ' +
  'walking to the shop, how the night was, what helped before, and which activity the person would like to begin with.';

const statuses = ['requested', 'accepted', 'in-progress', 'completed', 'cancelled'] as const;
const providers = 10;

/** Tasks of ten providers in five states, evenly: a provider's worklist of one state is a fiftieth of them. */
export function sampleTask(at: number): Task {
  return {
    resourceType: 'Task',
    id: `bench-task-${String(at)}`,
    identifier: [{ system: `${system}/task`, value: `T-${String(at)}` }],
    status: statuses[Math.floor(at / providers) % statuses.length] ?? 'requested',
    intent: 'order',
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
    focus: { reference: `ServiceRequest/bench-request-${String(at)}` },
    for: { reference: patientReference(at) },
    authoredOn: new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString(),
    requester: { reference: `Organization/${practice}` },
    owner: { reference: `Organization/${providerOf(at)}` },
    businessStatus: { coding: [{ system: `${system}/business-status`, code: 'waiting-list' }], text: 'Waiting list' },
    note: [{ text: sentence }, { text: sentence }, { text: sentence }],
  };
}

/** About 3 kB: a referral with what a provider needs to know. */
export function sampleServiceRequest(at: number): ServiceRequest {
  const concept = (code: string, text: string) => ({
    coding: [{ system: `${system}/codes`, code, display: text }],
    text,
  });
  return {
    resourceType: 'ServiceRequest',
    id: `bench-request-${String(at)}`,
    identifier: [
      { system: `${system}/request`, value: `R-${String(at)}`, assigner: { display: 'Bench practice' } },
      { system: `${system}/referral`, value: `F-${String(at)}` },
    ],
    status: 'active',
    intent: 'order',
    category: [concept('social-prescribing', 'Social prescribing')],
    priority: 'routine',
    code: concept('walking-group', 'Walking group'),
    orderDetail: [concept('step-free', 'Step-free way in'), concept('with-helper', 'Comes with a helper')],
    subject: { reference: patientReference(at), display: 'A person of the bench' },
    occurrencePeriod: { start: '2026-07-01', end: '2026-09-30' },
    authoredOn: '2026-06-15T09:30:00+01:00',
    requester: { reference: `Organization/${practice}`, display: 'Bench practice' },
    performer: [{ reference: `Organization/${providerOf(at)}` }],
    locationCode: [concept('community', 'In the community')],
    reasonCode: [concept('knee-pain', 'Pain of a knee'), concept('loneliness', 'Loneliness')],
    reasonReference: [{ reference: 'Condition/bench-condition' }],
    supportingInfo: [{ reference: 'Consent/bench-consent' }, { reference: 'Goal/bench-goal' }],
    bodySite: [concept('left-knee', 'Left knee')],
    note: Array.from({ length: 4 }, (_, each) => ({ time: `2026-06-${String(each + 10)}T10:00:00Z`, text: sentence })),
    patientInstruction: sentence,
  };
}

export function samplePatient(at: number): Patient {
  return {
    resourceType: 'Patient',
    id: patientReference(at).replace('Patient/', ''),
    identifier: [{ system: `${system}/patient`, value: `B-${String(at)}` }],
    active: true,
    name: [{ use: 'official', family: `Family${String(at % 997)}`, given: [`Given${String(at % 89)}`] }],
    gender: at % 2 === 0 ? 'female' : 'male',
    birthDate: new Date(Date.UTC(1930 + (at % 70), at % 12, 1 + (at % 28))).toISOString().slice(0, 10),
    address: [{ line: [`${String(at)} Bench Row`], city: 'Bench', postalCode: 'ZZ99 3WZ' }],
    managingOrganization: { reference: `Organization/${practice}` },
  };
}

/** What the query string of `Patient?identifier=` holds for that Patient. */
export function patientIdentifier(at: number): string {
  return `${system}/patient|B-${String(at)}`;
}

export function sampleOrganization(id: string): Organization {
  return {
    resourceType: 'Organization',
    id,
    identifier: [{ system: `${system}/organisation`, value: id }],
    active: true,
    name: 'An organisation of the bench',
    alias: [sentence],
    address: [{ line: ['1 Bench Row'], city: 'Bench', postalCode: 'ZZ99 3WZ' }],
  };
}

export function providerOf(at: number): string {
  return `bench-provider-${String(at % providers)}`;
}

function patientReference(at: number): string {
  return `Patient/bench-patient-${String(at)}`;
}
