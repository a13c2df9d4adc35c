/** What a sample of a type must leave out or say, because a rule of FHIR or of its service wants it so. */
export interface Shape {
  /** Names of elements, or ends of their paths, that stay away. */
  omit?: readonly string[];
  /** Elements that are said so. */
  set?: Record<string, unknown>;
  /** Instead, for some variants: what excludes the rest. */
  at?: Partial<Record<number, Shape>>;
}

/** Samples of a type are numbered from 0. */
export const lastVariant = 4;

const readiness = {
  url: 'https://ginnel.org.uk/fhir/StructureDefinition/readiness',
  valueCodeableConcept: { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/readiness', code: 'green' }] },
};

const observed = {
  coding: [{ system: 'https://example.org/CodeSystem/sample', code: 'observed', display: 'Display observed' }],
};

function ours(name: string): string {
  return `https://ginnel.org.uk/fhir/StructureDefinition/${name}`;
}

export const shapes: Record<string, Shape> = {
  Encounter: { set: { extension: [readiness] } },
  Communication: { set: { extension: [readiness] } },
  Task: {
    set: {
      extension: [
        readiness,
        { url: ours('waitlist-review'), valueDate: '2026-12-01' },
        { url: ours('waitlist-place'), valuePositiveInt: 3 },
        { url: ours('answer-due'), valueDateTime: '2026-12-02T16:00:00Z' },
        { url: ours('contact-due'), valueDate: '2026-12-03' },
        { url: ours('worker'), valueReference: { reference: 'Practitioner/worker' } },
        {
          url: ours('deadline'),
          extension: [
            { url: 'kind', valueCode: 'acknowledge' },
            { url: 'due', valueDateTime: '2026-12-04T16:00:00Z' },
          ],
        },
      ],
      input: [{ type: observed, valueReference: { reference: 'HealthcareService/asked' } }],
    },
  },
  Device: {
    set: {
      extension: [
        {
          url: ours('loan-state'),
          valueCodeableConcept: {
            coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/loan-state', code: 'out' }],
          },
        },
        { url: ours('loan-due'), valueDate: '2026-12-05' },
      ],
    },
  },
  HealthcareService: {
    set: {
      extension: [
        {
          url: 'https://ginnel.org.uk/fhir/StructureDefinition/accepts-use-case',
          valueCoding: { system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case', code: 'vcse' },
        },
      ],
    },
  },
  QuestionnaireResponse: {
    set: {
      extension: [
        { url: 'https://ginnel.org.uk/fhir/StructureDefinition/time-point', valueCode: 'baseline' },
        {
          url: 'https://ginnel.org.uk/fhir/StructureDefinition/questionnaire-task',
          valueReference: { reference: 'Task/asked' },
        },
      ],
    },
  },
  CarePlan: { omit: ['activity.detail'], at: { [lastVariant]: { omit: ['activity.reference'] } } },
  ValueSet: { omit: ['include.filter', 'exclude.filter'] },
  Measure: { omit: ['stratifier.component'] },
  MeasureReport: { omit: ['stratum.component'] },
  Appointment: { omit: ['cancelationReason'] },
  Composition: { omit: ['emptyReason'] },
  Condition: {
    set: {
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'resolved' }],
      },
    },
  },
  Observation: {
    omit: ['dataAbsentReason'],
    set: { code: observed },
    at: {
      3: { omit: ['dataAbsentReason', 'value[x]'], set: { code: observed, valueDateTime: '2026-03-14T09:30:00Z' } },
      [lastVariant]: { omit: ['value[x]'] },
    },
  },
  MedicationStatement: {
    omit: ['medication[x]'],
    set: {
      medicationCodeableConcept: { coding: [{ system: 'https://example.org/CodeSystem/sample', code: 'medicine' }] },
    },
  },
  Questionnaire: {
    set: {
      item: [
        {
          linkId: '1',
          text: 'A question',
          type: 'string',
          definition: 'https://example.org/StructureDefinition/none#None.element',
          code: [{ system: 'https://example.org/CodeSystem/sample', code: 'item' }],
        },
      ],
    },
  },
};
