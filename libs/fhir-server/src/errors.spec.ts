import { errorCodes } from 'fastify';
import { error, FhirError } from '#fhir';
import { DuplicateKey } from '#fhir-store';
import { refusalOf, refusalOfStatus } from './errors.js';

const system = 'https://fhir.nhs.uk/Codesystem/http-error-codes';

describe('the answer to an error', () => {
  it('bears the issues, status and headers of a FhirError', () => {
    const issues = [error('login', 'Send a token.')];
    const headers = { 'www-authenticate': 'Bearer' };
    expect(refusalOf(new FhirError(issues, { headers }))).toEqual({ status: 401, issues, headers });
  });

  it('is 409 duplicate for a request that came a second time', () => {
    const issues = [error('duplicate', 'This request was processed before.')];
    expect(refusalOf(new DuplicateKey('a-key-that-is-not-told'))).toEqual({ status: 409, issues, headers: {} });
  });

  it.each([
    [new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE(), 413, 'too-long'],
    [new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE('Lovelace'), 415, 'not-supported'],
    [new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH(), 400, 'invalid'],
    [new errorCodes.FST_ERR_BAD_URL('/fhir/Lovelace%'), 400, 'invalid'],
  ])('is a fault of the request for what Fastify refuses (%p)', (thrown, status, code) => {
    const refusal = refusalOf(thrown);
    expect(refusal).toMatchObject({ status, issues: [{ severity: 'error', code }] });
    expect(refusal.failure).toBeUndefined();
    expect(JSON.stringify(refusal)).not.toContain('Lovelace');
  });

  it('is a neutral 500 for a defect, whose class and place only the log is told', () => {
    const refusal = refusalOf(new TypeError('Cannot read Lovelace'));
    expect(refusal).toMatchObject({
      status: 500,
      issues: [
        {
          severity: 'error',
          code: 'exception',
          diagnostics: 'This server failed. Its log tells the cause under the X-Request-Id of this answer.',
        },
      ],
      failure: { class: 'TypeError' },
    });
    expect(JSON.stringify(refusal)).not.toContain('Lovelace');
  });

  it.each(['ECONNREFUSED', '57P01', '08006', '53300', '53100', '57014', '55P03', '40P01'])(
    'asks to come again when a dependency is away (%s)',
    (code) => {
      const refusal = refusalOf(new Error('x', { cause: Object.assign(new Error('y'), { code }) }));
      expect(refusal).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, issues: [{ code: 'transient' }] });
    },
  );

  it.each([
    [400, 'REC_BAD_REQUEST'],
    [401, 'REC_UNAUTHORIZED'],
    [403, 'REC_FORBIDDEN'],
    [404, 'REC_NOT_FOUND'],
    [405, 'REC_METHOD_NOT_ALLOWED'],
    [406, 'REC_NOT_ACCEPTABLE'],
    [408, 'REC_TIMEOUT'],
    [409, 'REC_CONFLICT'],
    [413, 'REC_UNPROCESSABLE_ENTITY'],
    [415, 'REC_BAD_REQUEST'],
    [422, 'REC_UNPROCESSABLE_ENTITY'],
    [425, 'REC_TOO_EARLY'],
    [429, 'REC_TOO_MANY_REQUESTS'],
    [500, 'REC_SERVER_ERROR'],
    [501, 'REC_NOT_IMPLEMENTED'],
    [503, 'REC_UNAVAILABLE'],
    [504, 'REC_TIMEOUT'],
  ])('bears on BaRS routes, for status %d, the code %s', (status, code) => {
    const thrown = FhirError.of('invalid', 'Wrong.', { status });
    const told = status === 401 ? 'security' : status === 406 ? 'processing' : 'invalid';
    const details = { coding: [{ system, code }] };
    expect(refusalOf(thrown, { bars: true }).issues).toEqual([{ ...error(told, 'Wrong.'), details }]);
    expect(refusalOf(thrown).issues).toEqual([error('invalid', 'Wrong.')]);
  });

  it.each([
    [400, 'invalid', 'invalid'],
    [400, 'structure', 'invalid'],
    [400, 'code-invalid', 'invalid'],
    [400, 'not-supported', 'not-supported'],
    [401, 'login', 'security'],
    [401, 'expired', 'security'],
    [401, 'forbidden', 'forbidden'],
    [403, 'forbidden', 'forbidden'],
    [406, 'not-supported', 'processing'],
    [422, 'business-rule', 'business-rule'],
  ] as const)('says on BaRS routes, for status %d and %s, the issue code %s', (status, code, told) => {
    const thrown = FhirError.of(code, 'Wrong.', { status });
    expect(refusalOf(thrown, { bars: true }).issues.map((issue) => issue.code)).toEqual([told]);
    expect(refusalOf(thrown).issues.map((issue) => issue.code)).toEqual([code]);
  });

  it('says on BaRS routes with 408 that it took too long, and with 504 elsewhere', () => {
    const thrown = FhirError.of('timeout', 'Not done in time.', { status: 504 });
    expect([refusalOf(thrown, { bars: true }).status, refusalOf(thrown).status]).toEqual([408, 504]);
  });

  it('says on BaRS routes with 422 that a body is too large, and with 413 elsewhere', () => {
    const thrown = FhirError.of('too-long', 'The body is longer than this server takes.');
    const [receiver, server] = [refusalOf(thrown, { bars: true }), refusalOf(thrown)];
    expect([receiver.status, receiver.issues[0]?.code]).toEqual([422, 'too-costly']);
    expect(receiver.issues[0]?.details?.coding?.[0]?.code).toBe('REC_UNPROCESSABLE_ENTITY');
    expect([server.status, server.issues[0]?.code]).toEqual([413, 'too-long']);
  });

  it('keeps on BaRS routes the details that an issue brings itself, beside the code of the status', () => {
    const own = { system: 'https://ginnel.org.uk/fhir/CodeSystem/referability', code: 'full' };
    const issue = { ...error('business-rule', 'Wrong.'), details: { text: 'own', coding: [own] } };
    const remark = { ...issue, severity: 'information' } as const;
    const thrown = new FhirError([issue, remark], { status: 422 });
    expect(refusalOf(thrown, { bars: true }).issues).toEqual([
      { ...issue, details: { text: 'own', coding: [own, { system, code: 'REC_UNPROCESSABLE_ENTITY' }] } },
      remark,
    ]);
  });

  it("keeps the standard's code that an issue brings itself", () => {
    const issue = { ...error('login', 'Wrong.'), details: { coding: [{ system, code: 'SEND_UNAUTHORIZED' }] } };
    expect(refusalOf(new FhirError([issue], { status: 401 }), { bars: true }).issues).toEqual([issue]);
  });

  it.each([400, 408, 413, 414, 415, 431])('has a sentence for status %d alone', (status) => {
    expect(refusalOfStatus(status)).toMatchObject({ status, issues: [{ severity: 'error' }] });
  });
});
