import { barsUseCaseSystem, httpErrorCodeSystem } from './codes.js';
import {
  answer,
  bundleId,
  cancellation,
  context,
  newReferral,
  newValidation,
  vcseReferral,
} from './example-messages.js';
import { judgeMessage, lookupsFor, refusalOf } from './judge-message.js';
import { carePlan, changed, request, said } from './message-changes.js';
import { type MessageContext } from './message-context.js';

const another = { system: barsUseCaseSystem, code: 'a8t1' };

describe('a message', () => {
  it.each([
    ['a referral', newReferral, 'new-referral'],
    ['a request for validation', newValidation, 'new-validation'],
    ['a cancellation', cancellation, 'cancellation'],
    ['an answer', answer, 'response'],
  ])('is accepted without a remark: %s', (_title, message, kind) => {
    expect(judgeMessage(message(), context())).toEqual({ accepted: true, kind, warnings: [] });
  });

  it('is accepted as a referral to the voluntary sector with no assessment, and its definition is remarked on', () => {
    expect(said(judgeMessage(vcseReferral(), context()))).toBe(
      'new-referral, required Bundle.entry[0].resource.definition',
    );
  });

  it('is refused with status, BaRS code, issue code, element and a sentence', () => {
    const message = changed(
      newReferral,
      carePlan((plan) => (plan.status = 'active')),
    );
    expect(judgeMessage(message, context())).toEqual({
      accepted: false,
      status: 400,
      code: 'REC_BAD_REQUEST',
      issues: [
        {
          severity: 'error',
          code: 'invariant',
          diagnostics: 'CarePlan.status is active; a new-referral has completed.',
          expression: ['Bundle.entry[3].resource.status'],
          details: { coding: [{ system: httpErrorCodeSystem, code: 'REC_BAD_REQUEST' }] },
        },
      ],
    });
  });

  it('that is refused becomes the error the server answers with', () => {
    const verdict = judgeMessage(newReferral(), context({ services: () => ({ acceptsUseCases: [another] }) }));
    const error = verdict.accepted ? undefined : refusalOf(verdict);
    expect([error?.status, error?.issues]).toEqual([422, verdict.accepted ? undefined : verdict.issues]);
  });
});

describe('the service that a message addresses', () => {
  const endpoint = 'Bundle.entry[0].resource.destination[0].endpoint';
  it('exists', () => {
    const verdict = judgeMessage(newReferral(), context({ services: () => undefined }));
    expect(said(verdict)).toBe(`404 REC_NOT_FOUND not-found ${endpoint}`);
  });

  it('takes the use case of a new request', () => {
    const verdict = judgeMessage(newReferral(), context({ services: () => ({ acceptsUseCases: [another] }) }));
    expect(said(verdict)).toBe('422 REC_UNPROCESSABLE_ENTITY not-supported Bundle.entry[1].resource.category[0]');
  });

  it('takes every use case where it names none', () => {
    const verdict = judgeMessage(newReferral(), context({ services: () => ({ acceptsUseCases: [] }) }));
    expect(said(verdict)).toBe('new-referral');
  });

  it('still hears of a cancellation when it takes the use case no more', () => {
    const verdict = judgeMessage(cancellation(), context({ services: () => ({ acceptsUseCases: [another] }) }));
    expect(said(verdict)).toBe('cancellation');
  });

  it('is not asked for where a message answers one from here', () => {
    expect(said(judgeMessage(answer(), context({ services: () => undefined })))).toBe('response');
  });
});

describe('the ServiceRequest that a cancellation means', () => {
  const stored = (serviceRequest: MessageContext['known']['serviceRequest']) =>
    said(judgeMessage(cancellation(), context({ known: { ...context().known, serviceRequest } })));

  it('is here', () => {
    expect(stored(() => undefined)).toBe('404 REC_NOT_FOUND not-found Bundle.entry[1].resource.id');
  });

  it.each(['completed', 'revoked', 'entered-in-error', 'draft', 'unknown'] as const)('has not ended: %s', (status) => {
    expect(stored(() => ({ status }))).toBe('409 REC_CONFLICT conflict Bundle.entry[1].resource.status');
  });

  it.each(['active', 'on-hold'] as const)('goes on: %s', (status) => {
    expect(stored(() => ({ status }))).toBe('cancellation');
  });

  it('was not changed by a newer message', () => {
    expect(stored(() => ({ status: 'active', asOf: '2026-03-02T10:00:00+00:00' }))).toBe(
      '409 REC_CONFLICT conflict Bundle.timestamp',
    );
    expect(stored(() => ({ status: 'active', asOf: '2026-03-02T10:00:00+01:00' }))).toBe('cancellation');
  });

  it('is named by its fullUrl where it has no id', () => {
    const message = changed(
      cancellation,
      request((it) => delete it.id),
    );
    expect(lookupsFor(message).serviceRequest?.ids).toEqual(['f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0011']);
  });

  it('is named by its id, then by its fullUrl, then by its identifiers', () => {
    const identifier = [{ system: 'https://practice.example/referral', value: '7' }];
    const message = changed(
      cancellation,
      request((it) => (it.identifier = identifier)),
    );
    expect(lookupsFor(message).serviceRequest).toMatchObject({
      ids: ['sr-1', 'f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0011'],
      identifiers: identifier,
    });
  });
});

describe('what is looked up for a message', () => {
  it('is the service, the message it answers and the ServiceRequest', () => {
    expect(lookupsFor(answer())).toEqual({
      service: { system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '2000099001' },
      answeredMessageId: bundleId,
      answerNames: {
        taskIds: [],
        source: { system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '2000099002' },
        performerIds: [],
        performerAddresses: [],
      },
      serviceRequest: {
        ids: ['f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0011'],
        identifiers: [],
        isMeantHere: false,
        path: 'Bundle.entry[1].resource.id',
      },
    });
  });
});
