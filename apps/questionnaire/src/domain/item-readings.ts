import type { Extension, Questionnaire, QuestionnaireItemAnswerOption, QuestionnaireResponse } from 'fhir/r4';
import { type ScoredItem, type Scoring, weightOf, weightsIn } from '#programmes';
import { type AnswerValue, areEqual, isWellFormed } from './answer-value.js';
import { type Form, type FormItem, formOf } from './form.js';
import { isObject, objectsIn } from './json-shape.js';
import { readResponse, type ResponseItem, type ResponseTree } from './response-tree.js';

/** Why a response has no total. The codes of CodeSystem/score-absent-reason. */
export type ScoreReason =
  | 'missing-answers'
  | 'not-applicable'
  | 'not-finished'
  | 'other-questionnaire'
  | 'other-scoring'
  | 'unknown-item'
  | 'repeated-item'
  | 'repeated-answer'
  | 'unknown-answer'
  | 'unweighted-answer'
  | 'differing-weight'
  | 'out-of-range'
  | 'unreadable';

/** What a response says to one item, and the number that it stands for where the item is scored. */
export type ItemReading =
  | { linkId: string; state: 'answered'; answer: AnswerValue; weight: number | undefined }
  | { linkId: string; state: 'not-applicable' }
  | { linkId: string; state: 'missing' }
  | { linkId: string; state: 'unreadable'; reason: ScoreReason };

export interface Reading {
  /** What makes every total of this response impossible. */
  fault: ScoreReason | undefined;
  itemOf: (linkId: string) => ItemReading;
}

export interface Instrument {
  questionnaire: Questionnaire;
  scoring: Scoring;
}

/** The response as the instrument reads it. Matching is exact: a linkId in another case is an unknown item, never a missing one. */
export function readAnswers(response: QuestionnaireResponse, { questionnaire, scoring }: Instrument): Reading {
  const form = formOf(questionnaire);
  const mismatch = mismatchOf(response, form, scoring);
  if (mismatch) return { fault: mismatch, itemOf: (linkId) => ({ linkId, state: 'unreadable', reason: mismatch }) };
  const tree = readResponse(response, form);
  const finished = response.status === 'completed' || response.status === 'amended';
  return {
    fault: treeFault(tree) ?? (finished ? undefined : 'not-finished'),
    itemOf: (linkId) => readItem(linkId, { form, tree, scoring }),
  };
}

interface Sources {
  form: Form;
  tree: ResponseTree;
  scoring: Scoring;
}

function mismatchOf(response: QuestionnaireResponse, form: Form, scoring: Scoring): ScoreReason | undefined {
  if (form.fault !== undefined) return 'unreadable';
  if (scoring.instrument !== form.canonical) return 'other-scoring';
  return response.questionnaire === form.canonical ? undefined : 'other-questionnaire';
}

function treeFault({ faults, occurrences }: ResponseTree): ScoreReason | undefined {
  if (faults.length > 0) return 'unreadable';
  const misplaced = [...occurrences.values()]
    .flat()
    .some(({ definition, parent }) => definition?.parent !== parent?.definition);
  const unknown = [...occurrences.values()].some(([item]) => !item?.definition);
  return unknown || misplaced ? 'unknown-item' : undefined;
}

function readItem(linkId: string, { form, tree, scoring }: Sources): ItemReading {
  const definition = form.byLinkId.get(linkId);
  if (tree.oversized || !definition) return { linkId, state: 'unreadable', reason: 'unreadable' };
  const [item, ...again] = tree.occurrences.get(linkId) ?? [];
  if (!item) return { linkId, state: 'missing' };
  if (again.length > 0) return { linkId, state: 'unreadable', reason: 'repeated-item' };
  return readAnswer(item, definition, scoring);
}

function readAnswer(item: ResponseItem, definition: FormItem, scoring: Scoring): ItemReading {
  const { linkId } = item;
  if (item.answers.length === 0) return { linkId, state: 'missing' };
  const [answer, ...more] = item.answers.flatMap(({ values }) => values);
  if (item.answers.length > 1 || more.length > 0) return { linkId, state: 'unreadable', reason: 'repeated-answer' };
  if (!answer) return { linkId, state: 'missing' };
  if (!isWellFormed(answer)) return { linkId, state: 'unreadable', reason: 'unknown-answer' };
  const scored = scoring.items.find((candidate) => candidate.linkId === linkId);
  if (isNotApplicable(answer, scoring) && isOffered(answer, definition)) return { linkId, state: 'not-applicable' };
  return scored ? weigh(answer, definition, scored) : { linkId, state: 'answered', answer, weight: undefined };
}

function isNotApplicable(answer: AnswerValue, { notApplicable }: Scoring): boolean {
  return notApplicable.some((value) => areEqual(answer, { type: 'Coding', value }));
}

function isOffered(answer: AnswerValue, definition: FormItem): boolean {
  return optionsFor(answer, definition).length > 0;
}

function optionsFor(answer: AnswerValue, { item }: FormItem): QuestionnaireItemAnswerOption[] {
  const options = objectsIn(item.answerOption) as unknown as QuestionnaireItemAnswerOption[];
  return options.filter(({ valueCoding }) => valueCoding && areEqual(answer, { type: 'Coding', value: valueCoding }));
}

/** The questionnaire's weight counts. One that the response brings along may repeat it, never replace it. */
function weigh(answer: AnswerValue, definition: FormItem, scored: ScoredItem): ItemReading {
  const { linkId } = scored;
  const unreadable = (reason: ScoreReason): ItemReading => ({ linkId, state: 'unreadable', reason });
  const [option, ...ambiguous] = optionsFor(answer, definition);
  if (!option || ambiguous.length > 0) return unreadable('unknown-answer');
  const weight = weightOf(option);
  if (weight === undefined || !Number.isFinite(weight)) return unreadable('unweighted-answer');
  const claimed = isObject(answer.value)
    ? weightsIn(objectsIn(answer.value['extension']) as unknown as Extension[])
    : [];
  if (claimed.some((other) => other !== weight)) return unreadable('differing-weight');
  if (weight < scored.minimum || weight > scored.maximum) return unreadable('out-of-range');
  return { linkId, state: 'answered', answer, weight };
}
