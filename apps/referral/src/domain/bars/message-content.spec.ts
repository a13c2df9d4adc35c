import type { Bundle, Identifier } from 'fhir/r4';
import { context, newReferral, newValidation, urls, vcseReferral } from './example-messages.js';
import { judgeMessage } from './judge-message.js';
import {
  carePlan,
  changed,
  doubled,
  encounter,
  patient,
  request,
  said,
  type Change,
  type Row,
} from './message-changes.js';

describe('the ServiceRequest of a message', () => {
  const at = 'Bundle.entry[1].resource';
  it.each<Row>([
    ['is there', newReferral, (bundle) => bundle.entry?.splice(1, 1), '400 REC_BAD_REQUEST required Bundle.entry'],
    ['is the only one', newReferral, doubled(1), '400 REC_BAD_REQUEST invariant Bundle.entry[11].resource'],
    ['has a category', newReferral, request((it) => delete it.category), `400 REC_BAD_REQUEST required ${at}.category`],
    [
      'has one category',
      newReferral,
      request((it) => it.category?.push({ text: 'x' })),
      `400 REC_BAD_REQUEST invariant ${at}.category[1]`,
    ],
    [
      'has a use case',
      newReferral,
      request((it) => it.category?.[0]?.coding?.pop()),
      `400 REC_BAD_REQUEST required ${at}.category[0].coding`,
    ],
    [
      'has a message category',
      newReferral,
      request((it) => it.category?.[0]?.coding?.shift()),
      `400 REC_BAD_REQUEST required ${at}.category[0].coding`,
    ],
    [
      'may have other codings of its category, wherever they stand',
      newReferral,
      request((it) => it.category?.[0]?.coding?.unshift({ system: 'http://snomed.info/sct', code: '3457005' })),
      'new-referral',
    ],
    ['is planned', newReferral, request((it) => (it.intent = 'order')), `400 REC_BAD_REQUEST value ${at}.intent`],
    [
      'is ordered or planned in our own use case',
      vcseReferral,
      request((it) => (it.intent = 'instance-order')),
      `400 REC_BAD_REQUEST value ${at}.intent`,
    ],
    [
      'says when it was written',
      newReferral,
      request((it) => delete it.authoredOn),
      `400 REC_BAD_REQUEST required ${at}.authoredOn`,
    ],
    ['need not say so in a validation', newValidation, request((it) => delete it.authoredOn), 'new-validation'],
    [
      'says until when in a validation',
      newValidation,
      request((it) => delete it.occurrencePeriod?.end),
      `400 REC_BAD_REQUEST required ${at}.occurrencePeriod`,
    ],
    [
      'is about somebody',
      newReferral,
      request((it) => (it.subject = {})),
      `400 REC_BAD_REQUEST required ${at}.subject`,
    ],
    [
      'is about the Patient of the message',
      newReferral,
      request((it) => (it.subject = { reference: 'Patient/1' })),
      `400 REC_BAD_REQUEST invalid ${at}.subject.reference`,
    ],
    [
      'is about a Patient',
      newReferral,
      request((it) => (it.subject = { reference: urls.sender })),
      `400 REC_BAD_REQUEST invalid ${at}.subject.reference`,
    ],
  ])('%s', judged);
});

describe('what a message holds', () => {
  const partOf = (reference: string): Change => encounter((it) => (it.partOf = { reference }));
  const coded = (code: string): Change =>
    encounter((it) => (it.type = [{ coding: [{ system: 'http://snomed.info/sct', code }] }]));
  const at = 'Bundle.entry[2].resource';
  it.each<Row>([
    [
      'refers to what it holds',
      newReferral,
      partOf('urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0099'),
      `400 REC_BAD_REQUEST invalid ${at}.partOf.reference`,
    ],
    [
      'may leave out who could do what it plans',
      newReferral,
      carePlan((it) => {
        const performer = [{ reference: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0099' }];
        it.activity = [{ detail: { status: 'not-started', performer } }];
      }),
      'new-referral, invalid Bundle.entry[3].resource.activity[0].detail.performer[0].reference',
    ],
    ["may refer to what the sender's system holds", newReferral, partOf('Encounter/99'), 'new-referral'],
    [
      'should let the patient be reached',
      newReferral,
      patient((it) => delete it.telecom),
      'new-referral, business-rule Bundle.entry[4].resource.telecom',
    ],
    [
      'should have SNOMED CT codes that pass their check',
      newReferral,
      coded('1659111000000100'),
      `new-referral, code-invalid ${at}.type[0].coding[0].code`,
    ],
    [
      'should have SNOMED CT identifiers as codes',
      newReferral,
      coded('the patient said so'),
      `new-referral, code-invalid ${at}.type[0].coding[0].code`,
    ],
    ['may have SNOMED CT expressions', newReferral, coded('243796009:363589002=33962009'), 'new-referral'],
  ])('%s', judged);

  it('is not quoted where it may be about a person', () => {
    const verdict = judgeMessage(changed(newReferral, coded('the patient said so')), context());
    expect(JSON.stringify(verdict)).not.toContain('patient said');
  });

  it.each([
    ['warn', '01', 'new-referral, value Bundle.entry[4].resource.identifier[0].value'],
    ['error', '01', '400 REC_BAD_REQUEST value Bundle.entry[4].resource.identifier[0].value'],
    ['error', 'number-present-and-verified', '400 REC_BAD_REQUEST value Bundle.entry[4].resource.identifier[0].value'],
    ['error', '02', 'new-referral, value Bundle.entry[4].resource.identifier[0].value'],
    ['error', undefined, 'new-referral, value Bundle.entry[4].resource.identifier[0].value'],
  ] as const)(
    'may be an NHS number that fails its check: %s when its status is %s',
    (nhsNumberCheck, status, verdict) => {
      const message = changed(
        newReferral,
        patient((it) => (it.identifier = [nhsNumber('9912003890', status)])),
      );
      const judgement = judgeMessage(message, context({ configuration: { nhsNumberCheck } }));
      expect(said(judgement)).toBe(verdict);
      expect(JSON.stringify(judgement)).not.toContain('9912003890');
    },
  );

  it('is an NHS number that passes its check in any spelling of the system', () => {
    const message = changed(
      newReferral,
      patient((it) => (it.identifier = [nhsNumber('9912003888', '01')])),
    );
    expect(said(judgeMessage(message, context({ configuration: { nhsNumberCheck: 'error' } })))).toBe('new-referral');
  });
});

function judged(_title: string, message: () => Bundle, change: Change, verdict: string): void {
  expect(said(judgeMessage(changed(message, change), context()))).toBe(verdict);
}

function nhsNumber(value: string, status: string | undefined): Identifier {
  const url = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
  return {
    system: 'http://fhir.nhs.uk/id/nhs-number',
    value,
    ...(status === undefined ? {} : { extension: [{ url, valueCodeableConcept: { coding: [{ code: status }] } }] }),
  };
}
