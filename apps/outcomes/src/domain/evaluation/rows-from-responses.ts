import { idIn } from '#fhir';
import type { Observation, QuestionnaireResponse, Task } from 'fhir/r4';
import { answersByItem } from './answers.js';
import type { EvaluatedInstrument, InstrumentForm, InstrumentItem } from './evaluated-instrument.js';
import { scoresByItem } from './observed-scores.js';
import { joinValues } from './read-values.js';
import type { ResponseRow, RowValue, SetAside, SetAsideReason } from './response-row.js';
import { questionnaireTaskOf, tasksByReference, timePointOf } from './time-point.js';
import { versionedReferenceTo } from './versioned-reference.js';

/** Stored records as the read model holds them. */
export interface StoredRecords {
  responses: readonly QuestionnaireResponse[];
  /** Questionnaire Tasks: they know the time point and the referral of their response. */
  tasks?: readonly Task[];
  /** Scores, item or total, derived from the responses. */
  observations?: readonly Observation[];
}

/** Turns stored answers into rows of the evaluation. What cannot be a row, or a value in it, is named with its reason. */
export function rowsFromResponses(
  { responses, tasks = [], observations = [] }: StoredRecords,
  instrument: EvaluatedInstrument,
): { rows: ResponseRow[]; setAside: SetAside[] } {
  const forms = new Map(instrument.forms.map((form) => [form.canonical, form]));
  const tasksKnown = tasksByReference(tasks);
  const scores = observationsByResponse(observations);
  const rows: ResponseRow[] = [];
  const setAside: SetAside[] = [];
  for (const response of responses) {
    const form = forms.get(response.questionnaire ?? '');
    const head = headOf(response, form, questionnaireTaskOf(response, tasksKnown));
    if (form === undefined || 'reason' in head) {
      if ('reason' in head) setAside.push(head);
      continue;
    }
    const answers = answersByItem(response, form);
    const observed = scoresByItem(derivedFrom(head.source, scores.get(response.id ?? '')), instrument);
    const { values, refused } = joinValues(answers, observed, instrument);
    rows.push({
      ...head,
      items: valuesOf(instrument.items, values),
      notApplicable: answers.notApplicable,
      totals: valuesOf(instrument.totals, values),
    });
    setAside.push(...[...refused].map(([item, reason]) => ({ source: head.source, reason, item })));
  }
  return { rows, setAside };
}

function valuesOf(items: readonly InstrumentItem[], values: ReadonlyMap<string, RowValue>): Map<string, RowValue> {
  const codes = new Set(items.map(({ code }) => code));
  return new Map([...values].filter(([code]) => codes.has(code)));
}

type RowHead = Omit<ResponseRow, 'items' | 'totals' | 'notApplicable'>;

/** Who, when and on which form; or why the response cannot be counted. */
function headOf(
  response: QuestionnaireResponse,
  form: InstrumentForm | undefined,
  task: Task | undefined,
): RowHead | SetAside {
  const source = versionedReferenceTo(response);
  const person = personOf(response, task);
  const timePoint = timePointOf(response, task);
  const because = (reason: SetAsideReason): SetAside => ({ source: source ?? referenceOf(response), reason });
  if (form === undefined) return because('form-of-another-instrument');
  if (source === undefined) return because('without-version');
  if (person === undefined) return because('person-unknown');
  if (timePoint === undefined) return because('time-point-unknown');
  const { status, authored = '' } = response;
  return { person, timePoint, status, authored, form: form.canonical, source };
}

function referenceOf({ id = '' }: QuestionnaireResponse): string {
  return `QuestionnaireResponse/${id}`;
}

/** The referral that was answered for; two of them would be two people, so nobody is guessed. */
function personOf(response: QuestionnaireResponse, task: Task | undefined): string | undefined {
  const own = (response.basedOn ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
  const ofTask = [...(task?.basedOn ?? []), task?.focus].map((reference) => idIn(reference, 'ServiceRequest'));
  const [first, ...others] = new Set([...own, ...ofTask].filter((id) => id !== undefined));
  return others.length === 0 ? first : undefined;
}

type Scores = { observation: Observation; from: string }[];

/** Each Observation with the reference, versioned or not, of the response that it was derived from. */
function observationsByResponse(observations: readonly Observation[]): Map<string, Scores> {
  const byResponse = new Map<string, Scores>();
  for (const observation of observations) {
    for (const { reference = '' } of observation.derivedFrom ?? []) {
      const id = idIn(reference, 'QuestionnaireResponse');
      if (id === undefined) continue;
      const scores = byResponse.get(id) ?? [];
      scores.push({ observation, from: reference });
      byResponse.set(id, scores);
    }
  }
  return byResponse;
}

/** A score of an older version of the response says nothing of this one. */
function derivedFrom(source: string, scores: Scores = []): Observation[] {
  return scores
    .filter(({ from }) => !from.includes('/_history/') || from === source)
    .map(({ observation }) => observation);
}
