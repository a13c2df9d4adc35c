import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { answeredTask, questionnaireTaskExtension } from './asked-questionnaire.js';

const form = 'https://ginnel.org.uk/fhir/Questionnaire/msk-hq|1.0.0';

function task(id: string, timePoint: string, change: Partial<Task> = {}): Task {
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    intent: 'order',
    code: { coding: [{ code: 'complete-questionnaire' }] },
    basedOn: [{ reference: 'ServiceRequest/s1' }],
    input: [
      { type: { coding: [{ code: 'questionnaire' }] }, valueCanonical: form },
      { type: { coding: [{ code: 'time-point' }] }, valueCoding: { code: timePoint } },
    ],
    ...change,
  };
}

function response(extension: QuestionnaireResponse['extension'] = []): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    id: 'r1',
    status: 'completed',
    questionnaire: form,
    basedOn: [{ reference: 'ServiceRequest/s1' }],
    extension,
  };
}

const naming = (id: string) => ({ url: questionnaireTaskExtension, valueReference: { reference: `Task/${id}` } });
const from = (valueCode: string) => ({
  url: 'https://ginnel.org.uk/fhir/StructureDefinition/time-point',
  valueCode,
});

describe('the Task that a response answers', () => {
  const tasks = [task('after', 'after'), task('before', 'baseline')];

  it.each<[string, QuestionnaireResponse, readonly Task[], string | undefined]>([
    ['is the one that it names', response([naming('after')]), tasks, 'after'],
    ['is that of its time point', response([from('after')]), tasks, 'after'],
    ['is the earliest open one where it says nothing', response(), tasks, 'before'],
    [
      'is the next one when the earliest is done',
      response(),
      [task('before', 'baseline', { status: 'completed' }), task('after', 'after')],
      'after',
    ],
    [
      'is none where it names one of another time point',
      response([naming('after'), from('baseline')]),
      tasks,
      undefined,
    ],
    [
      'is none where the named one belongs to another referral',
      response([naming('other')]),
      [task('other', 'baseline', { basedOn: [{ reference: 'ServiceRequest/s2' }] }), ...tasks],
      undefined,
    ],
    [
      'is none where another form was asked for',
      response(),
      [task('before', 'baseline', { input: [{ type: {}, valueCanonical: `${form}.1` }] })],
      undefined,
    ],
    [
      'is never a Task of the activity',
      response(),
      [task('t', 'baseline', { code: { coding: [{ code: 'fulfill' }] } })],
      undefined,
    ],
  ])('%s', (_, answered, candidates, id) => {
    expect(answeredTask(answered, candidates)?.id).toBe(id);
  });
});
