import type { Bundle, CarePlan, Encounter } from 'fhir/r4';
import { barsUseCaseSystem } from './codes.js';
import { answer, cancellation, context, newReferral, newValidation, urls, vcseReferral } from './example-messages.js';
import { judgeMessage } from './judge-message.js';
import {
  carePlan,
  changed,
  doubled,
  encounter,
  header,
  reason,
  request,
  said,
  type Change,
  type Row,
} from './message-changes.js';

describe('the workflow of a message', () => {
  const at = 'Bundle.entry[1].resource';
  it.each<Row>([
    [
      'begins with an active request',
      newReferral,
      request((it) => (it.status = 'revoked')),
      `400 REC_BAD_REQUEST invariant ${at}.status`,
    ],
    [
      'begins a referral with a triaged Encounter',
      newReferral,
      encounter((it) => (it.status = 'triaged')),
      'new-referral',
    ],
    [
      'begins no referral with an Encounter in progress',
      newReferral,
      encounter((it) => (it.status = 'in-progress')),
      '400 REC_BAD_REQUEST invariant Bundle.entry[2].resource.status',
    ],
    [
      'begins no referral with a planned Encounter',
      newReferral,
      encounter((it) => (it.status = 'planned')),
      '400 REC_BAD_REQUEST invariant Bundle.entry[2].resource.status',
    ],
    [
      'begins no referral with an active CarePlan',
      newReferral,
      carePlan((it) => (it.status = 'active')),
      '400 REC_BAD_REQUEST invariant Bundle.entry[3].resource.status',
    ],
    [
      'begins a validation with an Encounter in progress',
      newValidation,
      encounter((it) => (it.status = 'in-progress')),
      'new-validation',
    ],
    [
      'begins no validation with a finished Encounter',
      newValidation,
      encounter((it) => (it.status = 'finished')),
      '400 REC_BAD_REQUEST invariant Bundle.entry[2].resource.status',
    ],
    [
      'begins no validation with a completed CarePlan',
      newValidation,
      carePlan((it) => (it.status = 'completed')),
      '400 REC_BAD_REQUEST invariant Bundle.entry[3].resource.status',
    ],
    [
      'has one Encounter in a referral',
      newReferral,
      doubled(2),
      '400 REC_BAD_REQUEST invariant Bundle.entry[11].resource',
    ],
    [
      'has a Consent in a referral',
      newReferral,
      (bundle) => bundle.entry?.pop(),
      '400 REC_BAD_REQUEST required Bundle.entry',
    ],
    [
      'judges a CarePlan of our own use case too',
      vcseReferral,
      (bundle) => bundle.entry?.push({ resource: plan('active') }),
      '400 REC_BAD_REQUEST invariant Bundle.entry[5].resource.status',
    ],
    [
      'changes no referral in part',
      cancellation,
      request((it) => (it.status = 'active')),
      `400 REC_BAD_REQUEST invariant ${at}.status`,
    ],
    ['ends what was sent in error', cancellation, request((it) => (it.status = 'entered-in-error')), 'cancellation'],
    ['ends by delete too', cancellation, header((it) => (it.reason = reason('delete'))), 'cancellation'],
    [
      'deletes nothing that stays active',
      cancellation,
      (bundle) =>
        changed(
          () => bundle,
          header((it) => (it.reason = reason('delete'))),
          request((it) => (it.status = 'active')),
        ),
      `400 REC_BAD_REQUEST invariant ${at}.status`,
    ],
    [
      'ends without a use case',
      cancellation,
      request((it) => it.category?.[0]?.coding?.pop()),
      `cancellation, required ${at}.category[0].coding`,
    ],
    [
      'ends a validation',
      cancellation,
      request((it) => it.category?.[0]?.coding?.splice(0, 1, { ...it.category[0].coding[0], code: 'validation' })),
      'cancellation',
    ],
    [
      'updates a validation',
      newValidation,
      (bundle) =>
        changed(
          () => bundle,
          header((it) => (it.reason = reason('update'))),
          request((it) => Object.assign(it, { status: 'on-hold', id: 'sr-1' })),
        ),
      'update',
    ],
    [
      'updates a validation without a use case',
      newValidation,
      (bundle) =>
        changed(
          () => bundle,
          header((it) => (it.reason = reason('update'))),
          request((it) => {
            it.id = 'sr-1';
            it.category?.[0]?.coding?.pop();
          }),
        ),
      `update, required ${at}.category[0].coding`,
    ],
    ['refuses a validation', answer, ofValidation, 'response'],
    [
      'gives a reason where it refuses a validation',
      answer,
      (bundle) => {
        ofValidation(bundle);
        delete (bundle.entry?.[3]?.resource as Encounter).reasonCode;
      },
      '400 REC_BAD_REQUEST invariant Bundle.entry[3].resource.reasonCode',
    ],
    [
      'gives a reason for a refusal',
      answer,
      ({ entry }) => delete (entry?.[3]?.resource as Encounter).reasonCode,
      '400 REC_BAD_REQUEST invariant Bundle.entry[3].resource.reasonCode',
    ],
    ['answers with a revoked request', answer, request((it) => (it.status = 'revoked')), 'response'],
    [
      'answers with no completed request',
      answer,
      request((it) => (it.status = 'completed')),
      `400 REC_BAD_REQUEST invariant ${at}.status`,
    ],
    [
      'answers with an active request about its own Encounter only',
      answer,
      header((it) => (it.focus = [{ reference: urls.serviceRequest }])),
      `400 REC_BAD_REQUEST invariant ${at}.status`,
    ],
    [
      'answers about no Encounter of who asked',
      answer,
      (bundle) =>
        changed(
          () => bundle,
          header((it) => (it.focus = [{ reference: urls.encounter }])),
          request((it) => (it.encounter = { reference: urls.encounter })),
        ),
      '400 REC_BAD_REQUEST invariant Bundle.entry[0].resource.focus',
    ],
    [
      'answers about its own Encounter beside that of who asked',
      answer,
      (bundle) =>
        changed(
          () => bundle,
          header((it) => (it.focus = [{ reference: urls.encounter }, { reference: urls.theirEncounter }])),
          request((it) => (it.encounter = { reference: urls.encounter })),
        ),
      'response',
    ],
    [
      'answers by no delete',
      answer,
      header((it) => (it.reason = reason('delete'))),
      '400 REC_BAD_REQUEST invariant Bundle.entry[0].resource.reason',
    ],
    [
      'answers a referral by no definition of a validation',
      answer,
      header((it) => (it.definition = it.definition?.replace('referral-short', 'validation-interim'))),
      '400 REC_BAD_REQUEST invariant Bundle.entry[0].resource.definition',
    ],
    [
      'answers a validation by the short definition of a referral, as this server does',
      answer,
      (bundle) => {
        ofValidation(bundle);
        header((it) => (it.definition = it.definition?.replace('validation-interim', 'referral-short')))(bundle);
      },
      'response',
    ],
  ])('%s', judged);

  const asked = (category: 'referral' | 'validation', code = 'a4t1') => ({
    category,
    useCase: { system: barsUseCaseSystem, code },
  });
  const updating: Change = (bundle) =>
    changed(
      () => bundle,
      header((it) => (it.reason = reason('update'))),
      request((it) => (it.id = 'sr-1')),
    );
  it.each([
    ['an update of what is a validation here', newValidation, updating, asked('validation'), 'update'],
    [
      'no update that would make a referral a validation',
      newValidation,
      updating,
      asked('referral'),
      `400 REC_BAD_REQUEST invariant ${at}.category`,
    ],
    [
      'no update to another use case',
      newValidation,
      updating,
      asked('validation', 'a4t2'),
      `400 REC_BAD_REQUEST invariant ${at}.category`,
    ],
    ['an answer of the category that was asked', answer, () => undefined, asked('referral'), 'response'],
    [
      'no answer of a validation to a referral',
      answer,
      ofValidation,
      asked('referral'),
      `400 REC_BAD_REQUEST invariant ${at}.category`,
    ],
    [
      'no answer of a referral to a validation',
      answer,
      () => undefined,
      asked('validation'),
      `400 REC_BAD_REQUEST invariant ${at}.category`,
    ],
    ['a cancellation in either category', cancellation, () => undefined, asked('validation'), 'cancellation'],
  ] as const)('takes %s', (_title, message, change, known, verdict) => {
    const given = context();
    const there = { ...given, known: { ...given.known, asked: known } };
    expect(said(judgeMessage(changed(message, change), there))).toBe(verdict);
  });

  it('tells of an active request what makes it an answer, so that none is called revoked for it', () => {
    const focused = header((it) => (it.focus = [{ reference: urls.serviceRequest }]));
    const verdict = judgeMessage(changed(answer, focused), context());
    const diagnostics = expect.stringContaining("MessageHeader.focus names the receiver's Encounter") as string;
    expect(verdict).toMatchObject({ issues: [{ code: 'invariant', diagnostics }] });
  });
});

function judged(_title: string, message: () => Bundle, change: Change, verdict: string): void {
  expect(said(judgeMessage(changed(message, change), context()))).toBe(verdict);
}

/** The answer as one to a validation. */
function ofValidation(bundle: Bundle): void {
  changed(
    () => bundle,
    header((it) => (it.definition = it.definition?.replace('referral-short', 'validation-interim'))),
    request((it) => it.category?.[0]?.coding?.splice(0, 1, { ...it.category[0].coding[0], code: 'validation' })),
  );
}

function plan(status: CarePlan['status']): CarePlan {
  return { resourceType: 'CarePlan', status, intent: 'plan', subject: { reference: urls.patient } };
}
