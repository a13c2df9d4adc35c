import type { Observation, Patient, QuestionnaireResponse, ServiceRequest } from 'fhir/r4';

export const nhs = 'https://fhir.nhs.uk/Id/nhs-number';

/** What stands for a person in this test and nowhere else: an invented NHS number of the range that is never given out. */
export const mark = {
  number: '9997771206',
  other: '9997771214',
  /** Of whom nothing is stored. */
  third: '9997771222',
  /** Fails modulus 11. */
  malformed: '9997771205',
  family: 'Zzcanaryfamily',
  given: 'Zzcanarygiven',
  line: '77 Zzcanary Lane',
  postcode: 'ZZ99 9QX',
  phone: '07700900942',
  email: 'zzcanary@example.org',
  birth: '1931-02-27',
  words: 'zzcanary was told in confidence',
  /** Stands where a name of FHIR stands: a parameter, an element, a type. Only who wrote it may read it again. */
  name: 'Zzcanaryname',
} as const;

/** As it may be written by whoever tells it: in an address, in a header, grouped. */
const grouped = (number: string): string => `${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`;
const told = [
  ...Object.values(mark),
  'zzcanary',
  ...[mark.number, mark.other, mark.third, mark.malformed].map(grouped),
];
const needles = [
  ...new Set(
    told.flatMap((text) => [text, encodeURIComponent(text), new URLSearchParams({ a: text }).toString().slice(2)]),
  ),
].map((needle) => needle.toLowerCase());
/** Those of the sandbox's own story, which names its people itself. */
const story = ['fictitious', 'imaginary', 'knee pain', '1958-04-01', '1949-11-05', '000 000 0000'];

/** The first trace of a person in a text, with a little of what is around it. */
export function traceIn(text: string, { names = true }: { names?: boolean } = {}): string | undefined {
  const lower = names ? text.toLowerCase() : text.toLowerCase().replaceAll(mark.name.toLowerCase(), '');
  for (const needle of [...needles, ...story]) {
    const at = lower.indexOf(needle);
    if (at >= 0) return `${needle} in …${lower.slice(Math.max(0, at - 120), at + 80)}…`;
  }
  return undefined;
}

export function person(number: string = mark.number): Patient {
  return {
    resourceType: 'Patient',
    identifier: [{ system: nhs, value: number }],
    name: [{ family: mark.family, given: [mark.given] }],
    telecom: [
      { system: 'phone', value: mark.phone },
      { system: 'email', value: mark.email },
    ],
    address: [{ line: [mark.line], postalCode: mark.postcode }],
    birthDate: mark.birth,
  };
}

export function referral(patient: string, activity: string): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/${patient}`, display: mark.family },
    performer: [{ reference: `HealthcareService/${activity}` }],
    note: [{ text: mark.words }],
  };
}

export function answers(patient: string): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: 'https://ginnel.org.uk/fhir/Questionnaire/none',
    subject: { reference: `Patient/${patient}` },
    item: [{ linkId: 'words', answer: [{ valueString: mark.words }] }],
  };
}

export function observation(patient: string): Observation {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: mark.words },
    subject: { reference: `Patient/${patient}` },
    valueString: mark.words,
  };
}
