import type { Encounter, FhirResource, MessageHeader } from 'fhir/r4';
import { answerTo } from './answer-to.js';
import { bundleId, cancellation, context, newReferral, newValidation, urls, vcseReferral } from './example-messages.js';
import { judgeMessage } from './judge-message.js';
import { readReferral } from './read-referral.js';

const promise = {
  bundleId: 'f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0101',
  now: '2026-03-02T09:00:01.000Z',
  encounter: {
    id: 'f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0102',
    reference: { system: 'https://ginnel.org.uk/Id/referral', value: 'GIN-7K3-Q2P' },
  },
};

describe('the answer to a message', () => {
  it("echoes the message with a planned Encounter after the sender's", () => {
    const bundle = newReferral();
    const { entry, ...envelope } = answerTo(readReferral(bundle), promise);
    const [header, request, theirs, ours, ...rest] = entry ?? [];
    expect(envelope).toEqual({
      resourceType: 'Bundle',
      id: promise.bundleId,
      meta: { versionId: '1.0.0', lastUpdated: promise.now },
      type: 'message',
      timestamp: promise.now,
    });
    expect([request, theirs, ...rest]).toEqual(bundle.entry?.slice(1));
    expect(header?.resource?.resourceType).toBe('MessageHeader');
    expect(ours).toEqual({
      fullUrl: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0102',
      resource: {
        resourceType: 'Encounter',
        id: promise.encounter.id,
        meta: {
          lastUpdated: promise.now,
          profile: ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter'],
        },
        identifier: [promise.encounter.reference],
        status: 'planned',
        class: { code: 'AMB' },
        subject: { reference: urls.patient },
        period: { start: promise.now },
      },
    });
  });

  it('names the message it answers and no definition, and is otherwise headed like it', () => {
    const bundle = newReferral();
    const { definition, ...asked } = bundle.entry?.[0]?.resource as MessageHeader;
    const answered = answerTo(readReferral(bundle), promise).entry?.[0]?.resource;
    expect(definition).toBeDefined();
    expect(answered).toEqual({ ...asked, response: { identifier: bundleId, code: 'ok' } });
  });

  it('gives the ids by which the resources can be read here, and leaves the message as it was', () => {
    const bundle = newReferral();
    const message = readReferral(bundle);
    const answer = answerTo(message, { ...promise, ids: new Map([[message.serviceRequest, 'sr-1']]) });
    expect(answer.entry?.map(({ resource }) => resource?.id)).toEqual([
      undefined,
      'sr-1',
      undefined,
      promise.encounter.id,
      ...Array.from({ length: 8 }),
    ]);
    expect(bundle).toEqual(newReferral());
  });

  it('tells ids and states of the resources that are meant, also where no entry has a fullUrl', () => {
    const bundle = cancellation();
    for (const entry of bundle.entry ?? []) delete entry.fullUrl;
    const message = readReferral(bundle);
    const { bundleId: id, now } = promise;
    const ids = new Map<FhirResource, string>([
      [message.serviceRequest, 'sr-1'],
      [message.patient, 'person-1'],
    ]);
    const states = new Map([[message.serviceRequest, { status: 'revoked' }]]);
    const answered = (answerTo(message, { bundleId: id, now, ids, states }).entry ?? []).map(
      ({ resource }) => resource,
    );
    expect(answered.slice(1).map((one) => [one?.resourceType, one?.id, (one as { status?: string }).status])).toEqual([
      ['ServiceRequest', 'sr-1', 'revoked'],
      ['Patient', 'person-1', undefined],
      ['Organization', undefined, undefined],
      ['Organization', undefined, undefined],
    ]);
  });

  it('promises care where the sender gave no Encounter', () => {
    const [, , ours] = answerTo(readReferral(vcseReferral()), promise).entry ?? [];
    expect((ours?.resource as Encounter).class.code).toBe('AMB');
  });

  it('promises nothing to a cancellation', () => {
    const { bundleId: id, now } = promise;
    const answer = answerTo(readReferral(cancellation()), { bundleId: id, now });
    expect(answer.entry?.slice(1)).toEqual(cancellation().entry?.slice(1));
  });

  it.each([newReferral, newValidation, vcseReferral])('is never taken for a request: %#', (message) => {
    const verdict = judgeMessage(answerTo(readReferral(message()), promise), context());
    expect(verdict.accepted ? [] : verdict.issues.map(({ diagnostics }) => diagnostics)).toContainEqual(
      expect.stringContaining('Encounter.status is planned: that is an answer'),
    );
  });
});
