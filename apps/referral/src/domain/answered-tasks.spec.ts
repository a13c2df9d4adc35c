import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { askedAgain, withAnswers } from './answered-tasks.js';
import { base, taskInputSystem } from './codes.js';

const form = 'https://ginnel.org.uk/fhir/Questionnaire/msk-hq|1.0.0';

function task(timePoint: string, more: Partial<Task> = {}): Task {
  return {
    resourceType: 'Task',
    id: `referral.${timePoint}.msk-hq`,
    status: 'requested',
    intent: 'order',
    code: { coding: [{ code: 'complete-questionnaire' }] },
    basedOn: [{ reference: 'ServiceRequest/wish' }],
    input: [
      { type: { text: 'form' }, valueCanonical: form },
      { type: { coding: [{ system: taskInputSystem, code: 'time-point' }] }, valueCoding: { code: timePoint } },
    ],
    ...more,
  };
}

function response(id: string, more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    id,
    status: 'completed',
    questionnaire: form,
    basedOn: [{ reference: 'ServiceRequest/wish' }],
    authored: '2026-11-01',
    ...more,
  };
}

const at = (code: string) => ({
  extension: [{ url: `${base}/StructureDefinition/time-point`, valueCode: code }],
});
const seen = (tasks: readonly Task[]) =>
  tasks.map(({ status, output = [] }) => [status, ...output.map(({ valueReference }) => valueReference?.reference)]);

describe('answers that were there before their Task', () => {
  it('close it as it is made', () => {
    expect(seen(withAnswers([task('baseline')], [response('a', at('baseline'))], []))).toEqual([
      ['completed', 'QuestionnaireResponse/a'],
    ]);
  });

  it('close the Task of their time point only', () => {
    const made = withAnswers([task('baseline'), task('after')], [response('a', at('after'))], []);
    expect(seen(made)).toEqual([['requested'], ['completed', 'QuestionnaireResponse/a']]);
  });

  it('close one Task each, the oldest answers the earliest', () => {
    const responses = [response('late', { authored: '2026-12-01', status: 'amended' }), response('early')];
    expect(seen(withAnswers([task('after'), task('baseline')], responses, []))).toEqual([
      ['completed', 'QuestionnaireResponse/late'],
      ['completed', 'QuestionnaireResponse/early'],
    ]);
  });

  it('close nothing where they are unfinished, mistaken, of another form or the answer to another Task', () => {
    const reference = { reference: 'QuestionnaireResponse/used' };
    const done = task('baseline', { status: 'completed', output: [{ type: {}, valueReference: reference }] });
    const responses = [
      response('draft', { status: 'in-progress' }),
      response('mistake', { status: 'entered-in-error' }),
      response('other', { questionnaire: `${form}.1` }),
      response('used'),
    ];
    expect(withAnswers([task('after')], responses, [done])).toEqual([task('after')]);
  });
});

describe('a Task whose answers were withdrawn', () => {
  const reference = { reference: 'QuestionnaireResponse/mistake' };
  const done = task('baseline', { status: 'completed', output: [{ type: {}, valueReference: reference }] });
  const mistake = response('mistake', { status: 'entered-in-error' });

  it('asks again, without them', () => {
    expect(askedAgain(mistake, done)).toEqual(task('baseline'));
  });

  it('is done by the right answers where they had come already', () => {
    const reopened = askedAgain(mistake, done);
    expect(seen(withAnswers([reopened], [mistake, response('right')], [task('after')]))).toEqual([
      ['completed', 'QuestionnaireResponse/right'],
    ]);
  });
});
