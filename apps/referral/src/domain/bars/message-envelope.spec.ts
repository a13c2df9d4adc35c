import type { Bundle } from 'fhir/r4';
import { base64, cancellation, context, newReferral, vcseReferral } from './example-messages.js';
import { judgeEnvelope, judgeMessage, lookupsFor } from './judge-message.js';
import { changed, doubled, said, type Change, type Row } from './message-changes.js';
import { type MessageContext } from './message-context.js';

describe('the headers of a message', () => {
  const required = 'http.X-Request-Id';
  it.each<[string, MessageContext['headers'], string]>([
    ['have a request id', { 'x-request-id': undefined }, `400 REC_BAD_REQUEST required ${required}`],
    ['have a request id that is not blank', { 'x-request-id': ' ' }, `400 REC_BAD_REQUEST required ${required}`],
    ['have a UUID as request id', { 'x-request-id': '12345' }, `400 REC_BAD_REQUEST invalid ${required}`],
    ['have a correlation id', { 'X-Correlation-ID': undefined }, '400 REC_BAD_REQUEST required http.X-Correlation-Id'],
    [
      'have one correlation id',
      { 'X-Correlation-ID': ['a', 'b'] },
      '400 REC_BAD_REQUEST invalid http.X-Correlation-Id',
    ],
    [
      'name the target in Base64',
      { 'nhsd-target-identifier': '{}' },
      '400 REC_BAD_REQUEST invalid http.NHSD-Target-Identifier',
    ],
    [
      'name the target in JSON',
      { 'nhsd-target-identifier': 'aGVsbG8=' },
      '400 REC_BAD_REQUEST invalid http.NHSD-Target-Identifier',
    ],
    [
      'name the target by system and value',
      { 'nhsd-target-identifier': base64({ value: 1 }) },
      '400 REC_BAD_REQUEST invalid http.NHSD-Target-Identifier',
    ],
    [
      'name the same target as the message',
      { 'nhsd-target-identifier': base64({ system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '1' }) },
      '400 REC_BAD_REQUEST invalid Bundle.entry[0].resource.destination[0].endpoint',
    ],
    [
      'need not name the target',
      { 'nhsd-target-identifier': undefined },
      'new-referral, required http.NHSD-Target-Identifier',
    ],
    [
      'ask for our major version',
      { accept: 'application/fhir+json;version="2.0.0"' },
      '406 REC_NOT_ACCEPTABLE processing http.Accept',
    ],
    [
      'count by the highest version',
      { accept: 'a/b;version=1.4.0, c/d;version=2.1' },
      '406 REC_NOT_ACCEPTABLE processing http.Accept',
    ],
    ['may ask for a version of FHIR beside it', { accept: 'application/fhir+json; fhirVersion=4.0' }, 'new-referral'],
    [
      'ask for our version also where FHIR has its own',
      { accept: 'application/fhir+json;fhirVersion=4.0;version=2.0.0' },
      '406 REC_NOT_ACCEPTABLE processing http.Accept',
    ],
    ['need not ask for a version', { accept: 'application/fhir+json' }, 'new-referral'],
    ['may carry a use-context of anything', { 'use-context': 'a4t2|validation|booking-request|new' }, 'new-referral'],
  ])('%s', (_title, headers, verdict) => {
    const given = context();
    expect(said(judgeMessage(newReferral(), { ...given, headers: { ...given.headers, ...headers } }))).toBe(verdict);
  });
});

describe('the envelope of a message', () => {
  it.each<Row>([
    ['has an id', newReferral, (bundle) => delete bundle.id, '400 REC_BAD_REQUEST required Bundle.id'],
    [
      'has a timestamp',
      newReferral,
      (bundle) => delete bundle.timestamp,
      '400 REC_BAD_REQUEST required Bundle.timestamp',
    ],
    [
      'is of type message',
      newReferral,
      (bundle) => (bundle.type = 'document'),
      '400 REC_BAD_REQUEST invalid Bundle.type',
    ],
    [
      'has entries',
      newReferral,
      (bundle) => delete bundle.entry,
      '400 REC_BAD_REQUEST required Bundle.entry[0].resource',
    ],
    [
      'begins with its header',
      newReferral,
      (bundle) => bundle.entry?.reverse(),
      '400 REC_BAD_REQUEST required Bundle.entry[0].resource',
    ],
    ['has one header', newReferral, doubled(0), '400 REC_BAD_REQUEST invariant Bundle.entry[11].resource'],
    [
      'says the version of its application',
      newReferral,
      (bundle) => delete bundle.meta,
      '400 REC_BAD_REQUEST required Bundle.meta.versionId',
    ],
    [
      'should say it when it cancels',
      cancellation,
      (bundle) => delete bundle.meta,
      'cancellation, required Bundle.meta.versionId',
    ],
    [
      'says no version for our own use case',
      vcseReferral,
      (bundle) => delete bundle.meta,
      'new-referral, required Bundle.entry[0].resource.definition',
    ],
  ])('%s', judged);

  const inVersion = (message: () => Bundle, versionId: string) =>
    said(judgeMessage({ ...message(), meta: { versionId } }, context()));
  const taken = ['1.0.0-beta', '1.2.0', '2.1.0', 'v1.0', 'V2', '1', '2.0.0-rc.1', '1.0.0alpha', '0.1.0-alpha'];
  const untold = ['release', '8c63d621-4d86', '12345678-abcd'];

  it.each([...taken, ...untold])('may be of version %s of its application', (version) => {
    expect(inVersion(newReferral, version)).toBe('new-referral');
  });

  it.each(['99.0.0', '3.0.0-alpha', 'v3', '10'])('is of no version to come, as %s is', (version) => {
    const unsupported = 'not-supported Bundle.meta.versionId';
    expect(inVersion(newReferral, version)).toBe(`422 REC_UNPROCESSABLE_ENTITY ${unsupported}`);
    expect(inVersion(cancellation, version)).toBe(`cancellation, ${unsupported}`);
    expect(inVersion(vcseReferral, version)).toBe('new-referral, required Bundle.entry[0].resource.definition');
  });

  it.each([null, undefined, 'Bundle', 7, [], {}, { resourceType: 'Patient' }, { resourceType: '<script>' }])(
    'is a FHIR Bundle, and not %j',
    (received) => {
      expect(said(judgeMessage(received, context()))).toBe('400 REC_BAD_REQUEST invalid resourceType');
      expect(judgeEnvelope(received, context())).toEqual(judgeMessage(received, context()));
      expect(lookupsFor(received)).toEqual({});
    },
  );
});

function judged(_title: string, message: () => Bundle, change: Change, verdict: string): void {
  expect(said(judgeMessage(changed(message, change), context()))).toBe(verdict);
}
