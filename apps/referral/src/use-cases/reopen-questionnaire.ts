import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { everyone, idIn } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform, provenanceWrite } from '#service';
import { askedAgain, isAnsweredBy, withAnswers } from '../domain/answered-tasks.js';
import { AnswersOfReferral } from './answers-of-referral.js';
import { ReferralTasks } from './referral-tasks.js';

/**
 * Asks again for a questionnaire whose answers were withdrawn, also where the referral has ended: the right answers must not be
 * taken for those of a later time point.
 */
@Injectable()
export class ReopenQuestionnaire {
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
    const done = asked.find(({ task }) => isAnsweredBy(response, task));
    if (!done) return;
    // The right answers may have come before the wrong ones were withdrawn.
    const others = asked.filter((one) => one !== done).map(({ task }) => task);
    const [task] = withAnswers([askedAgain(response, done.task)], await this.answers.execute(requestId), others);
    if (!task) return;
    // Who left the referral since then is not asked.
    const audience = (await this.store.read('ServiceRequest', requestId, everyone, tx))?.audience;
    const update: Write = {
      interaction: 'update',
      resource: task,
      audience: audience ?? done.stored.audience,
      version: done.stored.version,
      event: task.status === 'completed' ? 'questionnaire-answered.v1' : 'questionnaire-asked.v1',
    };
    const provenance = provenanceWrite({
      writes: [update],
      act,
      onBehalfOf: task.owner,
      sources: [`QuestionnaireResponse/${response.id ?? ''}`],
      audience: update.audience,
      now: this.platform.now(),
    });
    await this.store.commit([update, provenance], act, tx);
  }
}
