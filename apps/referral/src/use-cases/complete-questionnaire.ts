import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform, provenanceWrite } from '#service';
import { completedBy, isAnsweredBy } from '../domain/answered-tasks.js';
import { answeredTask } from '../domain/asked-questionnaire.js';
import { AnswersOfReferral } from './answers-of-referral.js';
import { ReferralTasks } from './referral-tasks.js';

/** Closes the Task that asked for a questionnaire when its answers have come in. */
@Injectable()
export class CompleteQuestionnaire {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly answers: AnswersOfReferral,
    private readonly platform: Platform,
  ) {}

  async execute(response: QuestionnaireResponse, act: Act, tx: Session): Promise<void> {
    const requestIds = (response.basedOn ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
    const requestId = requestIds.find((id) => id !== undefined);
    if (requestId === undefined) return;
    await this.answers.takeTurn(requestId, tx);
    const asked = await this.tasks.basedOn(requestId);
    // Whoever asked found these answers already: they answer no second Task.
    if (asked.some(({ task }) => isAnsweredBy(response, task))) return;
    const answered = answeredTask(
      response,
      asked.map(({ task }) => task),
    );
    // Answers that nobody asked for yet: whoever asks finds them.
    const known = asked.find(({ task }) => task === answered);
    // As it was found: where somebody changed it meanwhile, the commit is a conflict and the event comes again.
    if (known) await this.#complete(known.task, response, { ...known.stored, act, tx });
  }

  async #complete(
    task: Task,
    response: QuestionnaireResponse,
    { audience, version, act, tx }: { audience: readonly string[]; version: number; act: Act; tx: Session },
  ): Promise<void> {
    const completed = completedBy(response, task);
    const update: Write = {
      interaction: 'update',
      resource: completed,
      audience,
      version,
      event: 'questionnaire-answered.v1',
    };
    const provenance = provenanceWrite({
      writes: [update],
      act,
      onBehalfOf: task.owner,
      sources: [`QuestionnaireResponse/${response.id ?? ''}`],
      audience,
      now: this.platform.now(),
    });
    await this.store.commit([update, provenance], act, tx);
  }
}
