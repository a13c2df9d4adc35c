import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { idIn } from '#fhir';
import { EventHandler, Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { CorrectOutcomeSummary } from '../use-cases/summaries/correct-outcome-summary.js';
import { ReachFirstScores } from '../use-cases/summaries/reach-first-scores.js';

/** Answers came, came late or were amended: a milestone may be reached, a summary that was made without them is replaced. */
@Injectable()
export class OnAnswersChanged extends EventHandler {
  readonly consumer = 'outcomes-corrects-summaries';
  readonly subjects = [subjectsOfType('questionnaire', 'QuestionnaireResponse')];

  constructor(
    private readonly correctOutcomeSummary: CorrectOutcomeSummary,
    private readonly reachFirstScores: ReachFirstScores,
  ) {
    super();
  }

  /** Who may read answers is nothing that a summary tells. */
  override concerns({ type }: CloudEvent): boolean {
    return !type.endsWith('-shared.v1');
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    if (event.data === undefined) throw new Unprocessable('The event about answers carries no resource.');
    const { basedOn = [], status } = event.data as QuestionnaireResponse;
    const act = actOf(event, { service: 'outcomes', handler: this.consumer });
    const isAmended = status === 'amended' || status === 'entered-in-error';
    const requestIds = new Set(basedOn.map((reference) => idIn(reference, 'ServiceRequest')));
    for (const id of requestIds) {
      if (id === undefined) continue;
      await this.correctOutcomeSummary.execute(id, { act, at: event.time, isAmended }, tx);
      if (status === 'completed') await this.reachFirstScores.execute(id, { act, at: event.time }, tx);
    }
  }
}
