import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { everyone, idIn } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { taskOutputSystem } from '../domain/codes.js';

/** Closes the Task that asked for a questionnaire when its answers have come in. */
@Injectable()
export class CompleteQuestionnaire {
  constructor(private readonly store: FhirStore) {}

  async execute(response: QuestionnaireResponse, act: Act, tx: Session): Promise<void> {
    const ids = (response.basedOn ?? []).concat(response.partOf ?? []).map((reference) => idIn(reference, 'Task'));
    for (const id of ids.filter((one) => one !== undefined)) await this.#complete(id, response, { act, tx });
  }

  async #complete(id: string, response: QuestionnaireResponse, { act, tx }: { act: Act; tx: Session }): Promise<void> {
    const stored = await this.store.read('Task', id, everyone, tx);
    if (!stored || stored.deleted) return;
    const task = JSON.parse(stored.content) as Task;
    const asksForAnswers = task.code?.coding?.some(({ code }) => code === 'complete-questionnaire') ?? false;
    if (!asksForAnswers || task.status === 'completed') return;
    const output = {
      type: { coding: [{ system: taskOutputSystem, code: 'questionnaire-response' }] },
      valueReference: { reference: `QuestionnaireResponse/${response.id ?? ''}` },
    };
    const completed: Task = { ...task, status: 'completed', output: [...(task.output ?? []), output] };
    const { audience, version } = stored;
    await this.store.commit(
      [{ interaction: 'update', resource: completed, audience, version, event: 'questionnaire-answered.v1' }],
      act,
      tx,
    );
  }
}
