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
import { activitiesOf } from '../domain/activities.js';
import { withAnswers } from '../domain/answered-tasks.js';
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
    const programmes = await this.#programmesOf(moved.task, tx);
    const stored = await this.#read('ServiceRequest', idIn(moved.task.focus, 'ServiceRequest'), tx);
    if (programmes.length === 0 || !stored) return;
    const request = JSON.parse(stored.content) as ServiceRequest;
    await this.answers.takeTurn(stored.id, tx);
    const { due, known } = await this.#asked(programmes, { moved, request, tx });
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
    programmes: readonly Programme[],
    { moved, request, tx }: { moved: Moved; request: ServiceRequest; tx: Session },
  ): Promise<{ due: Task[]; known: Task[] }> {
    const { task: accepted, authoredOn } = moved;
    const points = programmes.flatMap((programme) =>
      programme.definition.timePoints.map((point) => ({ ...point, asking: instrumentsAt(programme, point.code) })),
    );
    const tasks = points.flatMap(({ code: timePoint, when, asking }) =>
      asking.map((instrument) => ({
        task: restrictedAs(
          questionnaireTaskFor({ accepted, request, instrument, timePoint, authoredOn }),
          request,
          accepted,
        ),
        isDue: isDueAt(moved.event, when, accepted.status),
      })),
    );
    const ids = tasks.map(({ task }) => ({ type: 'Task', id: task.id ?? '' }));
    const known = (await this.store.readMany(ids, everyone, tx)).map(({ content }) => JSON.parse(content) as Task);
    const fresh = tasks.filter(({ task, isDue }) => isDue && !known.some(({ id }) => id === task.id));
    // Two programmes may want the same answers at the same point.
    return { due: [...new Map(fresh.map(({ task }) => [task.id, task])).values()], known };
  }

  /** The programmes that the Task's activities belong to, by HealthcareService.program. */
  async #programmesOf(task: Task, tx: Session): Promise<Programme[]> {
    const names = new Set<string>();
    for (const id of activitiesOf(task)) {
      const service = await this.#activity(id, tx);
      for (const name of service ? programmesOf(service) : []) names.add(name);
    }
    return this.#programmes.filter(({ definition }) => names.has(definition.id));
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
 * said so: what was due then is due now. So it is where a change of activity leads into the programme.
 */
export function isDueAt(event: string, when: TimePoint['when'], status?: Task['status']): boolean {
  const point = event.replace(/\.v\d+$/, '');
  const hasBegun =
    point === 'referral-session-recorded' || (point === 'referral-activity-changed' && status === 'in-progress');
  return when === 'referral-accepted' || when === (hasBegun ? 'referral-started' : point);
}

function questionnaireWrite(resource: Task, audience: Audience): Write {
  const event = resource.status === 'completed' ? 'questionnaire-answered.v1' : 'questionnaire-asked.v1';
  return { interaction: 'create', resource, audience, event };
}
