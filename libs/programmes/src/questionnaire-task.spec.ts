import type { ServiceRequest, Task } from 'fhir/r4';
import { createValidator } from '#fhir-validation';
import { loadProgramme } from './load-programme.js';
import { baselineTaskFor, questionnaireTaskFor, questionnaireTaskId } from './questionnaire-task.js';

const [instrument] = loadProgramme('msk-connect').instruments.filter(({ id }) => id === 'msk-hq');
if (!instrument) throw new Error('MSK Connect has no MSK-HQ');

const accepted: Task = {
  resourceType: 'Task',
  id: 'staying-steady',
  status: 'accepted',
  intent: 'order',
  partOf: [{ reference: 'Task/referral' }],
  owner: { reference: 'Organization/khl' },
};
const request: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 'wish',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/p' },
};
const wish = { accepted, request, instrument, authoredOn: '2026-11-21T10:00:00Z' };

it('asks the provider for the baseline, by the SDC Task profile', () => {
  expect(baselineTaskFor(wish)).toEqual({
    resourceType: 'Task',
    id: 'referral.baseline.msk-hq',
    status: 'requested',
    intent: 'order',
    code: {
      coding: [
        {
          system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp',
          code: 'complete-questionnaire',
          display: 'Complete Questionnaire',
        },
      ],
    },
    basedOn: [{ reference: 'ServiceRequest/wish' }],
    partOf: [{ reference: 'Task/referral' }],
    for: { reference: 'Patient/p' },
    authoredOn: '2026-11-21T10:00:00Z',
    requester: { reference: 'Organization/khl' },
    owner: { reference: 'Organization/khl' },
    input: [
      {
        type: { coding: [{ system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp', code: 'questionnaire' }] },
        valueCanonical: 'https://ginnel.org.uk/fhir/Questionnaire/msk-hq|1.0.0',
      },
      {
        type: { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/task-input', code: 'time-point' }] },
        valueCoding: { system: 'https://ginnel.org.uk/fhir/CodeSystem/questionnaire-time-point', code: 'baseline' },
      },
    ],
  });
});

it('is a valid Task', () => {
  expect(createValidator().validate(baselineTaskFor(wish))).toEqual([]);
});

it('asks a person who changes to another activity for no second baseline', () => {
  const other: Task = { ...accepted, id: 'ballet-be-fit' };
  expect(baselineTaskFor({ ...wish, accepted: other }).id).toBe(baselineTaskFor(wish).id);
});

it('keeps baseline and after apart', () => {
  expect(questionnaireTaskFor({ ...wish, timePoint: 'after' }).id).toBe('referral.after.msk-hq');
});

it('hangs on the accepted Task itself where it has no parent', () => {
  const alone = { ...accepted };
  delete alone.partOf;
  expect(baselineTaskFor({ ...wish, accepted: alone })).toMatchObject({
    id: 'staying-steady.baseline.msk-hq',
    partOf: [{ reference: 'Task/staying-steady' }],
  });
});

it('fits a long id into the 64 characters of FHIR, each to its own', () => {
  const ids = ['a', 'b'].map((end) =>
    questionnaireTaskId({ referralId: 'x'.repeat(63) + end, timePoint: 'after', instrumentId: 'msk-hq' }),
  );
  expect(new Set(ids).size).toBe(2);
  expect(ids.every((id) => /^[A-Za-z0-9\-.]{1,64}$/.test(id))).toBe(true);
});
