/** What a sample of a type must leave out or say, because a rule of FHIR or of its service wants it so. */
export interface Shape {
  /** Names of elements, or ends of their paths, that stay away. */
  omit?: readonly string[];
  /** Elements that are said so. */
  set?: Record<string, unknown>;
}

export const shapes: Record<string, Shape> = {
  CarePlan: { omit: ['activity.detail'] },
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
    set: {
      code: {
        coding: [{ system: 'https://example.org/CodeSystem/sample', code: 'observed', display: 'Display observed' }],
      },
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
          code: [{ system: 'https://example.org/CodeSystem/sample', code: 'item' }],
        },
      ],
    },
  },
};
