import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { CompleteQuestionnaire } from '../use-cases/complete-questionnaire.js';

/** Answers came in: the Task that asked for them is done. */
@Injectable()
export class OnQuestionnaireCompleted extends EventHandler {
  readonly consumer = 'referral-completes-questionnaires';
  readonly subjects = [subjectsOfType('questionnaire', 'QuestionnaireResponse')];
  override readonly types = ['questionnaire-completed.v1'];

  constructor(private readonly completeQuestionnaire: CompleteQuestionnaire) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await this.completeQuestionnaire.execute(
      event.data as QuestionnaireResponse,
      actOf(event, { service: 'referral', handler: this.consumer }),
      tx,
    );
  }
}
