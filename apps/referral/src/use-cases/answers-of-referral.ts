import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import { everyone } from '#fhir';
import type { Session } from '#postgres';
import { oneAtATime, OwnersRecords } from '#service';

/** The answers to what a referral asks, which another service holds. */
@Injectable()
export class AnswersOfReferral {
  constructor(private readonly owners: OwnersRecords) {}

  /**
   * Those who ask and those who close what was asked take turns from here on: answers that were committed before a Task
   * is made are seen by its maker, and answers that come later find the Task.
   */
  async takeTurn(serviceRequestId: string, tx: Session): Promise<void> {
    await oneAtATime(`answers to ServiceRequest/${serviceRequestId}`, tx);
  }

  async execute(serviceRequestId: string): Promise<QuestionnaireResponse[]> {
    const reference = `ServiceRequest/${serviceRequestId}`;
    const wanted = { type: 'QuestionnaireResponse', parameter: 'based-on', reference };
    const stored = await this.owners.pointing(wanted, everyone);
    return stored.map(({ content }) => JSON.parse(content) as QuestionnaireResponse);
  }
}
