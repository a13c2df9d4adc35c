import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { idIn } from '#fhir';
import { EventHandler, Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { MakeOutcomeSummary } from '../use-cases/make-outcome-summary.js';

/** Answers came late or were amended: a summary that was made without them is replaced. */
@Injectable()
export class OnAnswersChanged extends EventHandler {
  readonly consumer = 'outcomes-corrects-summaries';
  readonly subjects = [subjectsOfType('questionnaire', 'QuestionnaireResponse')];

  constructor(private readonly makeOutcomeSummary: MakeOutcomeSummary) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    if (event.data === undefined) throw new Unprocessable('The event about answers carries no resource.');
    const { basedOn = [] } = event.data as QuestionnaireResponse;
    const act = actOf(event, { service: 'outcomes', handler: this.consumer });
    const requestIds = new Set(basedOn.map((reference) => idIn(reference, 'ServiceRequest')));
    for (const id of requestIds) {
      if (id !== undefined) await this.makeOutcomeSummary.correct(id, { act, at: event.time }, tx);
    }
  }
}
