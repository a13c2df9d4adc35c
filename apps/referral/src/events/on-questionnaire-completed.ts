import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { type CloudEvent, laneOf, subjectResource, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { CompleteQuestionnaire } from '../use-cases/complete-questionnaire.js';
import { ReopenQuestionnaire } from '../use-cases/reopen-questionnaire.js';

const withdrawn = 'questionnaire-withdrawn.v1';

/** Answers came in, amended ones maybe at first sight: the Task that asked for them is done, until they are withdrawn. */
@Injectable()
export class OnQuestionnaireCompleted extends EventHandler {
  readonly consumer = 'referral-completes-questionnaires';
  readonly subjects = [subjectsOfType('questionnaire', 'QuestionnaireResponse')];
  override readonly types = ['questionnaire-completed.v1', 'questionnaire-amended.v1', withdrawn];

  constructor(
    private readonly completeQuestionnaire: CompleteQuestionnaire,
    private readonly reopenQuestionnaire: ReopenQuestionnaire,
  ) {
    super();
  }

  /** The right answers come after the wrong ones were withdrawn, and so find their Task open. */
  override laneOf({ subject, data }: CloudEvent): string {
    return laneOf(subjectResource(subject), data as QuestionnaireResponse | undefined);
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const response = event.data as QuestionnaireResponse;
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    const useCase = event.type === withdrawn ? this.reopenQuestionnaire : this.completeQuestionnaire;
    await useCase.execute(response, act, tx);
  }
}
