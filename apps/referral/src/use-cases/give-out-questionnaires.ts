import { Injectable } from '@nestjs/common';
import type { HealthcareService, ServiceRequest, Task } from 'fhir/r4';
import { type Audience, everyone, FhirError, idIn, restrictedAs } from '#fhir';
import { type Act, FhirStore, type Stored, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import {
  instrumentsAt,
  loadProgramme,
  type Programme,
  programmeNames,
  questionnaireTaskFor,
  type TimePoint,
} from '#programmes';
import { OwnersRecords, Platform, provenanceWrite } from '#service';
import { withAnswers } from '../domain/answered-tasks.js';
import { hasCode, taskInputSystem } from '../domain/codes.js';
import { programmesOf } from '../domain/programmes-of.js';
import { AnswersOfReferral } from './answers-of-referral.js';

/** A provider's Task that reached a point, as its event told. */
export interface Moved {
  task: Task;
  event: string;
  act: Act;
  authoredOn: string;
}

/** Asks for the questionnaires that a programme wants when a referral reaches a point: one Task each, once. */
@Injectable()
export class GiveOutQuestionnaires {
  readonly #programmes: readonly Programme[] = programmeNames().map((name) => loadProgramme(name));

  constructor(
    private readonly store: FhirStore,
    private readonly answers: AnswersOfReferral,
    private readonly owners: OwnersRecords,
    private readonly platform: Platform,
  ) {}

  async execute(moved: Moved, tx: Session): Promise<void> {
    const programme = await this.#programmeOf(moved.task, tx);
    const stored = await this.#read('ServiceRequest', idIn(moved.task.focus, 'ServiceRequest'), tx);
    if (!programme || !stored) return;
    const request = JSON.parse(stored.content) as ServiceRequest;
    await this.answers.takeTurn(stored.id, tx);
    const { due, known } = await this.#asked(programme, { moved, request, tx });
    if (due.length === 0) return;
    const tasks = withAnswers(due, await this.answers.execute(stored.id), known);
    const writes = tasks.map((task) => questionnaireWrite(task, stored.audience));
    const provenance = provenanceWrite({
      writes,
      act: moved.act,
      onBehalfOf: moved.task.owner,
      sources: [`Task/${moved.task.id ?? ''}`],
      audience: stored.audience,
      now: this.platform.now(),
    });
    await this.store.commit([...writes, provenance], moved.act, tx);
  }

  /** The Tasks to make now, and those that are there: another activity of the same referral asks for no second baseline. */
  async #asked(
    { definition, ...programme }: Programme,
    { moved, request, tx }: { moved: Moved; request: ServiceRequest; tx: Session },
  ): Promise<{ due: Task[]; known: Task[] }> {
    const { task: accepted, authoredOn } = moved;
    const tasks = definition.timePoints.flatMap(({ code: timePoint, when }) =>
      instrumentsAt({ definition, ...programme }, timePoint).map((instrument) => ({
        task: restrictedAs(
          questionnaireTaskFor({ accepted, request, instrument, timePoint, authoredOn }),
          request,
          accepted,
        ),
        isDue: isDueAt(moved.event, when),
      })),
    );
    const ids = tasks.map(({ task }) => ({ type: 'Task', id: task.id ?? '' }));
    const known = (await this.store.readMany(ids, everyone, tx)).map(({ content }) => JSON.parse(content) as Task);
    const fresh = tasks.filter(({ task, isDue }) => isDue && !known.some(({ id }) => id === task.id));
    return { due: fresh.map(({ task }) => task), known };
  }

  /** The programme that the Task's activity belongs to, by HealthcareService.program. */
  async #programmeOf(task: Task, tx: Session): Promise<Programme | undefined> {
    const input = task.input?.find(({ type }) => hasCode(type, taskInputSystem, 'activity'));
    const id = idIn(input?.valueReference, 'HealthcareService');
    const service = id === undefined ? undefined : await this.#activity(id, tx);
    const names = service ? programmesOf(service) : [];
    return this.#programmes.find(({ definition }) => names.includes(definition.id));
  }

  /** Somebody was referred to it, so it is there: where its copy has not come yet, the directory is asked, and asked again. */
  async #activity(id: string, tx: Session): Promise<HealthcareService | undefined> {
    const copy = await this.store.read('HealthcareService', id, everyone, tx);
    const [stored] = copy ? [copy] : await this.owners.read([{ type: 'HealthcareService', id }], everyone);
    if (!stored) throw FhirError.of('transient', 'The activity of a Task is not known to the directory yet.');
    return stored.deleted ? undefined : (JSON.parse(stored.content) as HealthcareService);
  }

  async #read(type: string, id: string | undefined, tx: Session): Promise<Stored | undefined> {
    const stored = id === undefined ? undefined : await this.store.read(type, id, everyone, tx);
    return stored?.deleted === false ? stored : undefined;
  }
}

/**
 * Who offers a place, books, begins or tells of a session has accepted, and who tells of a session has begun, also where no turn
 * said so: what was due then is due now.
 */
export function isDueAt(event: string, when: TimePoint['when']): boolean {
  const point = event.replace(/\.v\d+$/, '');
  return when === 'referral-accepted' || when === (point === 'referral-session-recorded' ? 'referral-started' : point);
}

function questionnaireWrite(resource: Task, audience: Audience): Write {
  const event = resource.status === 'completed' ? 'questionnaire-answered.v1' : 'questionnaire-asked.v1';
  return { interaction: 'create', resource, audience, event };
}
