import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { type Answers, answersToResponse, loadProgramme } from '#programmes';
import type { Referred } from './find-and-refer.js';
import { base, idOf, type Stage, untilFound } from './stage.js';

const programme = loadProgramme('msk-connect');

/** Every item answered with the same level, but for some. */
function mskHq(level: number, other: Record<string, number> = {}): Answers {
  const items = programme.scorings.find(({ instrument }) => instrument.includes('/msk-hq|'))?.items ?? [];
  return { ...Object.fromEntries(items.map(({ linkId }) => [linkId, level])), ...other };
}

/** The baseline questionnaires, which the acceptance asked for by itself. */
export async function answerBaseline(stage: Stage, referred: Referred): Promise<void> {
  stage.narrator.chapter('Questionnaires');
  const tasks = await askedFor(stage, referred, {
    point: 'baseline',
    words: 'Accepting asked for the baseline questionnaires.',
  });
  await answer(stage, referred, {
    instrument: 'msk-hq',
    answers: mskHq(2),
    task: taskFor(tasks, 'msk-hq'),
    words: 'MSK-HQ, before.',
  });
  const lonely = {
    instrument: 'loneliness',
    answers: loneliness,
    task: taskFor(tasks, 'loneliness'),
    words: 'Loneliness, before.',
  };
  await answer(stage, referred, lonely);
  await answer(stage, referred, {
    instrument: 'pain-diary',
    answers: { pain: '6', sleep: '5', energy: '4', mood: '5', feel: ['hopeful'] },
    words: 'A page of the weekly pain diary.',
  });
  await stage.narrator.refusal('An answer that is no option is refused, and nothing is scored.', 422, () =>
    stage.cast['provider-khl'].create({
      resourceType: 'QuestionnaireResponse',
      body: {
        ...responseOf(stage, referred, { instrument: 'msk-hq', answers: mskHq(1) }),
        item: [wrongAnswer()],
      },
    }),
  );
}

export async function answerAfter(stage: Stage, referred: Referred): Promise<void> {
  const tasks = await askedFor(stage, referred, {
    point: 'after',
    words: 'Starting asked for the questionnaires after.',
  });
  const after = mskHq(3, { walking: 2, sleep: 1 });
  await answer(stage, referred, {
    instrument: 'msk-hq',
    answers: after,
    task: taskFor(tasks, 'msk-hq'),
    words: 'MSK-HQ, after.',
  });
  await untilFound(stage, stage.cast['provider-khl'], {
    words: 'The scores before and after are there as Observations.',
    type: 'Observation',
    query: { 'based-on': `ServiceRequest/${referred.request}`, code: `${base}/CodeSystem/msk-hq-item|total` },
    count: 2,
  });
}

const loneliness: Answers = {
  companionship: 'often',
  'left-out': 'some-of-the-time',
  isolated: 'often',
  direct: 'some-of-the-time',
};

async function askedFor(
  stage: Stage,
  referred: Referred,
  { point, words }: { point: string; words: string },
): Promise<Task[]> {
  const tasks = await untilFound<Task>(stage, stage.cast['provider-khl'], {
    words,
    type: 'Task',
    query: {
      'based-on': `ServiceRequest/${referred.request}`,
      code: 'complete-questionnaire',
      status: 'requested',
      _count: '20',
    },
    count: 2,
  });
  return tasks.filter(({ input }) => input?.some(({ valueCoding }) => valueCoding?.code === point));
}

function taskFor(tasks: readonly Task[], instrument: string): Task | undefined {
  return tasks.find(({ input }) => input?.some(({ valueCanonical }) => valueCanonical?.includes(`/${instrument}|`)));
}

async function answer(
  stage: Stage,
  referred: Referred,
  { words, ...given }: { instrument: string; answers: Answers; task?: Task | undefined; words: string },
): Promise<void> {
  const body = responseOf(stage, referred, given);
  await stage.narrator.step(words, () =>
    stage.cast['provider-khl'].create({ resourceType: 'QuestionnaireResponse', body: body as never }),
  );
}

function responseOf(
  { now }: Stage,
  referred: Referred,
  { instrument, answers, task }: { instrument: string; answers: Answers; task?: Task | undefined },
): QuestionnaireResponse {
  const questionnaire = programme.questionnaires.find(({ id }) => id === instrument);
  if (!questionnaire) throw new Error(`The programme has no questionnaire ${instrument}.`);
  return {
    ...answersToResponse(questionnaire, answers, {
      subject: { reference: `Patient/${referred.patient}` },
      authored: now().toISOString(),
    }),
    basedOn: [{ reference: `ServiceRequest/${referred.request}` }],
    ...(task
      ? {
          extension: [
            {
              url: `${base}/StructureDefinition/questionnaire-task`,
              valueReference: { reference: `Task/${idOf(task)}` },
            },
          ],
        }
      : {}),
  };
}

function wrongAnswer() {
  return {
    linkId: 'pain-day',
    answer: [{ valueCoding: { system: `${base}/CodeSystem/msk-hq-answer`, code: 'no-such-answer' } }],
  };
}
