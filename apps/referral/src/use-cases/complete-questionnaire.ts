import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse } from 'fhir/r4';
import type { Act } from '#fhir-store';
import type { Session } from '#postgres';
import { completedBy, isAnsweredBy } from '../domain/answered-tasks.js';
import { answeredTask } from '../domain/asked-questionnaire.js';
import { AskedQuestionnaires } from './asked-questionnaires.js';

/** Closes the Task that asked for a questionnaire when its answers have come in. */
@Injectable()
export class CompleteQuestionnaire {
  constructor(private readonly askedQuestionnaires: AskedQuestionnaires) {}

  async execute(response: QuestionnaireResponse, act: Act, tx: Session): Promise<void> {
    const { asked = [] } = (await this.askedQuestionnaires.besides(response, tx)) ?? {};
    // Whoever asked found these answers already: they answer no second Task.
    if (asked.some(({ task }) => isAnsweredBy(response, task))) return;
    const answered = answeredTask(
      response,
      asked.map(({ task }) => task),
    );
    // Answers that nobody asked for yet: whoever asks finds them.
    const known = asked.find(({ task }) => task === answered);
    if (!known) return;
    const { stored, task } = known;
    const moved = { stored, resource: completedBy(response, task), audience: stored.audience };
    await this.askedQuestionnaires.move(moved, response, { act, tx });
  }
}
