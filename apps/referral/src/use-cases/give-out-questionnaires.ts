import { Injectable } from '@nestjs/common';
import type { FhirResource, HealthcareService, ServiceRequest, Task } from 'fhir/r4';
import { everyone, idIn } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { instrumentsAt, loadProgramme, type Programme, programmeNames, questionnaireTaskFor } from '#programmes';
import { hasCode, taskInputSystem } from '../domain/codes.js';

const programmeSystem = 'https://ginnel.org.uk/fhir/CodeSystem/programme';

/** Asks for the questionnaires that a programme wants when a referral reaches a point: one Task each, once. */
@Injectable()
export class GiveOutQuestionnaires {
  readonly #programmes: readonly Programme[] = programmeNames().map((name) => loadProgramme(name));

  constructor(private readonly store: FhirStore) {}

  async execute(moved: { task: Task; event: string; act: Act; authoredOn: string }, tx: Session): Promise<void> {
    const programme = await this.#programmeOf(moved.task, tx);
    const request = await this.#read('ServiceRequest', idIn(moved.task.focus, 'ServiceRequest'), tx);
    if (!programme || !request) return;
    const points = programme.definition.timePoints.filter(({ when }) => when === moved.event.replace(/\.v\d+$/, ''));
    const tasks = points.flatMap(({ code }) =>
      instrumentsAt(programme, code).map((instrument) =>
        questionnaireTaskFor({
          accepted: moved.task,
          request: request.resource as ServiceRequest,
          instrument,
          timePoint: code,
          authoredOn: moved.authoredOn,
        }),
      ),
    );
    const writes = await this.#missing(tasks, request.audience, tx);
    if (writes.length > 0) await this.store.commit(writes, moved.act, tx);
  }

  /** Those that were not given out yet: another activity of the same referral asks for no second baseline. */
  async #missing(tasks: readonly Task[], audience: readonly string[], tx: Session): Promise<Write[]> {
    const found = await this.store.readMany(
      tasks.map(({ id }) => ({ type: 'Task', id: id ?? '' })),
      everyone,
      tx,
    );
    const known = new Set(found.map(({ id }) => id));
    return tasks
      .filter(({ id }) => !known.has(id ?? ''))
      .map((resource) => ({ interaction: 'create', resource, audience, event: 'questionnaire-asked.v1' }));
  }

  /** The programme that the Task's activity belongs to, by HealthcareService.program. */
  async #programmeOf(task: Task, tx: Session): Promise<Programme | undefined> {
    const input = task.input?.find(({ type }) => hasCode(type, taskInputSystem, 'activity'));
    const service = await this.#read('HealthcareService', idIn(input?.valueReference, 'HealthcareService'), tx);
    const names = ((service?.resource as HealthcareService | undefined)?.program ?? []).flatMap(({ coding = [] }) =>
      coding.filter(({ system }) => system === programmeSystem).map(({ code }) => code),
    );
    return this.#programmes.find(({ definition }) => names.includes(definition.id));
  }

  async #read(
    type: string,
    id: string | undefined,
    tx: Session,
  ): Promise<{ resource: FhirResource; audience: readonly string[] } | undefined> {
    const stored = id === undefined ? undefined : await this.store.read(type, id, everyone, tx);
    return stored && !stored.deleted
      ? { resource: JSON.parse(stored.content) as FhirResource, audience: stored.audience }
      : undefined;
  }
}
