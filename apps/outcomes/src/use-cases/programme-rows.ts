import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { everyone, idIn } from '#fhir';
import { FhirStore } from '#fhir-store';
import type { EvaluatedInstrument } from '../domain/evaluation/evaluated-instrument.js';
import type { ResponseRow, SetAside } from '../domain/evaluation/response-row.js';
import { rowsFromResponses } from '../domain/evaluation/rows-from-responses.js';
import { namedTaskId, timePointExtension } from '../domain/evaluation/time-point.js';
import { versionedReferenceTo } from '../domain/evaluation/versioned-reference.js';
import { activityIdsOf, isPart, programmeSystem } from '../domain/programme.js';
import { resourcesOfType } from '../domain/stored-resources.js';
import { anyOf, pagesOf } from './pages-of.js';

const responsesAtOnce = 200;
const others = 1000;

/** Whether a referral asked for an activity of the programme; unknown while its Tasks have not arrived here. */
type Belongs = boolean | undefined;

/**
 * The answers of a programme's referrals as rows of its evaluation: read from the copies page by page, with two or three
 * statements a page, and never held as resources beyond their page.
 */
@Injectable()
export class ProgrammeRows {
  constructor(private readonly store: FhirStore) {}

  async execute(
    programme: string,
    instrument: EvaluatedInstrument,
  ): Promise<{ rows: ResponseRow[]; setAside: SetAside[] }> {
    const activities = await this.#activitiesOf(programme);
    const belonging = new Map<string, Belongs>();
    const rows: ResponseRow[] = [];
    const setAside: SetAside[] = [];
    for await (const page of this.#responses(instrument)) {
      await this.#look(belonging, page, activities);
      const own = page.filter((response) => belongs(response, belonging) === true);
      const read = rowsFromResponses({ responses: own, tasks: await this.#questionnaireTasks(own) }, instrument);
      for (const row of read.rows) rows.push(row);
      setAside.push(...read.setAside, ...page.flatMap((response) => unplaced(response, belonging)));
    }
    return { rows, setAside };
  }

  async #activitiesOf(programme: string): Promise<Set<string>> {
    const named = anyOf('HealthcareService', 'program', [{ type: 'token', system: programmeSystem, value: programme }]);
    const ids = new Set<string>();
    for await (const page of pagesOf(this.store, 'HealthcareService', { criteria: [named], size: others })) {
      for (const { id } of page) ids.add(id);
    }
    return ids;
  }

  /** Of every version of the forms: one that the instrument does not know is named in the result, not left out. */
  async *#responses({ forms }: EvaluatedInstrument): AsyncGenerator<QuestionnaireResponse[]> {
    const urls = [...new Set(forms.map(({ canonical }) => canonical.split('|')[0] ?? ''))];
    const values = urls.map((value) => ({ type: 'reference', value }) as const);
    const criteria = [anyOf('QuestionnaireResponse', 'questionnaire', values)];
    for await (const page of pagesOf(this.store, 'QuestionnaireResponse', { criteria, size: responsesAtOnce })) {
      yield resourcesOfType(page, 'QuestionnaireResponse');
    }
  }

  /** Learns of the page's referrals that were not met before; one that was unknown is looked up again. */
  async #look(
    belonging: Map<string, Belongs>,
    page: readonly QuestionnaireResponse[],
    activities: ReadonlySet<string>,
  ): Promise<void> {
    const ids = [...new Set(page.flatMap(referralsOf))].filter((id) => belonging.get(id) === undefined);
    for (const task of await this.#tasksOf(ids, 'focus')) {
      const id = idIn(task.focus, 'ServiceRequest');
      if (id === undefined || !isPart(task)) continue;
      const isOwn = activityIdsOf(task).some((activity) => activities.has(activity));
      belonging.set(id, belonging.get(id) === true || isOwn);
    }
  }

  /** Where a response does not say its time point, the Task that asked for it does. */
  async #questionnaireTasks(responses: readonly QuestionnaireResponse[]): Promise<Task[]> {
    const unsaid = responses.filter(({ extension = [] }) => !extension.some(({ url }) => url === timePointExtension));
    if (unsaid.length === 0) return [];
    const named = unsaid.flatMap((response) => namedTaskId(response) ?? []);
    const read = await this.store.readMany(
      named.map((id) => ({ type: 'Task', id })),
      everyone,
    );
    const asking = await this.#tasksOf([...new Set(unsaid.flatMap(referralsOf))], 'based-on');
    return [...resourcesOfType(read, 'Task'), ...asking];
  }

  async #tasksOf(requestIds: readonly string[], parameter: 'focus' | 'based-on'): Promise<Task[]> {
    if (requestIds.length === 0) return [];
    const values = requestIds.map((id) => ({ type: 'reference', value: `ServiceRequest/${id}` }) as const);
    const tasks: Task[] = [];
    const criteria = [anyOf('Task', parameter, values)];
    for await (const page of pagesOf(this.store, 'Task', { criteria, size: others })) {
      tasks.push(...resourcesOfType(page, 'Task'));
    }
    return tasks;
  }
}

function referralsOf({ basedOn = [] }: QuestionnaireResponse): string[] {
  return basedOn.flatMap((reference) => idIn(reference, 'ServiceRequest') ?? []);
}

function belongs(response: QuestionnaireResponse, belonging: ReadonlyMap<string, Belongs>): Belongs {
  const answers = referralsOf(response).map((id) => belonging.get(id));
  return answers.includes(true)
    ? true
    : answers.includes(undefined)
      ? undefined
      : answers.length > 0
        ? false
        : undefined;
}

/** Answers of which nobody can tell whether they belong to the programme are not counted, and said. */
function unplaced(response: QuestionnaireResponse, belonging: ReadonlyMap<string, Belongs>): SetAside[] {
  if (belongs(response, belonging) !== undefined) return [];
  const source = versionedReferenceTo(response) ?? `QuestionnaireResponse/${response.id ?? ''}`;
  return [{ source, reason: referralsOf(response).length === 0 ? 'person-unknown' : 'referral-unknown' }];
}
