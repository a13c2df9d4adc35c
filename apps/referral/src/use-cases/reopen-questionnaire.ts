import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { everyone } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { askedAgain, isAnsweredBy, withAnswers } from '../domain/answered-tasks.js';
import { AnswersOfReferral } from './answers-of-referral.js';
import { AskedQuestionnaires } from './asked-questionnaires.js';

/**
 * Asks again for a questionnaire whose answers were withdrawn, also where the referral has ended: the right answers must not be
 * taken for those of a later time point.
 */
@Injectable()
export class ReopenQuestionnaire {
  constructor(
    private readonly askedQuestionnaires: AskedQuestionnaires,
    private readonly answers: AnswersOfReferral,
    private readonly store: FhirStore,
  ) {}

  async execute(response: QuestionnaireResponse, act: Act, tx: Session): Promise<void> {
    const { requestId = '', asked = [] } = (await this.askedQuestionnaires.besides(response, tx)) ?? {};
    const done = asked.find(({ task }) => isAnsweredBy(response, task));
    if (!done) return;
    // The right answers may have come before the wrong ones were withdrawn.
    const others = asked.filter((one) => one !== done).map(({ task }) => task);
    const [resource] = withAnswers([askedAgain(response, done.task)], await this.answers.execute(requestId), others);
    if (!resource) return;
    const { stored } = done;
    // Who left the referral since then is not asked.
    const audience = (await this.store.read('ServiceRequest', requestId, everyone, tx))?.audience ?? stored.audience;
    await this.askedQuestionnaires.move({ stored, resource, audience }, response, { act, tx });
  }
}
