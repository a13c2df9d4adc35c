import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { type Audience, idIn } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform, provenanceWrite } from '#service';
import { AnswersOfReferral } from './answers-of-referral.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';

/** The Tasks that ask for questionnaires, as what became of their answers moves them. */
@Injectable()
export class AskedQuestionnaires {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly answers: AnswersOfReferral,
    private readonly platform: Platform,
  ) {}

  /** All Tasks on the ServiceRequest that the answers hang on, from now on this transaction's to move; undefined where they hang on none. */
  async besides(
    { basedOn = [] }: QuestionnaireResponse,
    tx: Session,
  ): Promise<{ requestId: string; asked: StoredTask[] } | undefined> {
    const requestId = basedOn.map((reference) => idIn(reference, 'ServiceRequest')).find((id) => id !== undefined);
    if (requestId === undefined) return undefined;
    await this.answers.takeTurn(requestId, tx);
    return { requestId, asked: await this.tasks.basedOn(requestId) };
  }

  /** As it was found: where somebody changed it meanwhile, the commit is a conflict and the event comes again. */
  async move(
    { stored, ...moved }: { stored: StoredTask['stored']; resource: Task; audience: Audience },
    { id = '' }: QuestionnaireResponse,
    { act, tx }: { act: Act; tx: Session },
  ): Promise<void> {
    const update: Write = {
      interaction: 'update',
      ...moved,
      version: stored.version,
      event: moved.resource.status === 'completed' ? 'questionnaire-answered.v1' : 'questionnaire-asked.v1',
    };
    const provenance = provenanceWrite({
      writes: [update],
      act,
      onBehalfOf: moved.resource.owner,
      sources: [`QuestionnaireResponse/${id}`],
      audience: moved.audience,
      now: this.platform.now(),
    });
    await this.store.commit([update, provenance], act, tx);
  }
}
