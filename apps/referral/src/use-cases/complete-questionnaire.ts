import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { answeredTask } from '../domain/asked-questionnaire.js';
import { taskOutputSystem } from '../domain/codes.js';
import { ReferralTasks } from './referral-tasks.js';

/** Closes the Task that asked for a questionnaire when its answers have come in. */
@Injectable()
export class CompleteQuestionnaire {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
  ) {}

  async execute(response: QuestionnaireResponse, act: Act, tx: Session): Promise<void> {
    const requestIds = (response.basedOn ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
    const requestId = requestIds.find((id) => id !== undefined);
    if (requestId === undefined) return;
    const asked = await this.tasks.basedOn(requestId);
    const answered = answeredTask(
      response,
      asked.map(({ task }) => task),
    );
    const known = asked.find(({ task }) => task === answered);
    // As it was found: where somebody changed it meanwhile, the commit is a conflict and the event comes again.
    if (known) await this.#complete(known.task, response, { ...known.stored, act, tx });
  }

  async #complete(
    task: Task,
    response: QuestionnaireResponse,
    { audience, version, act, tx }: { audience: readonly string[]; version: number; act: Act; tx: Session },
  ): Promise<void> {
    const output = {
      type: { coding: [{ system: taskOutputSystem, code: 'questionnaire-response' }] },
      valueReference: { reference: `QuestionnaireResponse/${response.id ?? ''}` },
    };
    const completed: Task = { ...task, status: 'completed', output: [...(task.output ?? []), output] };
    await this.store.commit(
      [{ interaction: 'update', resource: completed, audience, version, event: 'questionnaire-answered.v1' }],
      act,
      tx,
    );
  }
}
