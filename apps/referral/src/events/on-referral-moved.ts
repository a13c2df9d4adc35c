import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { everyone, parseJson } from '#fhir';
import { FhirStore } from '#fhir-store';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { partTurns } from '../domain/transitions.js';
import { GiveOutQuestionnaires } from '../use-cases/give-out-questionnaires.js';

/** A provider took the person, in words or by what follows: the programme's questionnaires are asked for. */
@Injectable()
export class OnReferralMoved extends EventHandler {
  readonly consumer = 'referral-gives-out-questionnaires';
  readonly subjects = [subjectsOfType('referral', 'Task')];
  override readonly types = partTurns
    .filter(({ effects }) => effects.includes('questionnaires-given-out'))
    .map(({ event }) => event);

  constructor(
    private readonly giveOutQuestionnaires: GiveOutQuestionnaires,
    private readonly store: FhirStore,
  ) {
    super();
  }

  /** A session says that the person was taken only where nothing had: of a part that had begun, what was before is gone. */
  override async concerns({ type, data }: CloudEvent): Promise<boolean> {
    if (!sessions.includes(type)) return true;
    const { id = '', meta } = data as Task;
    const before = await this.store.readVersion('Task', id, Number(meta?.versionId) - 1, everyone);
    return before !== undefined && (parseJson(before.content) as Task).status !== 'in-progress';
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const moved = {
      task: event.data as Task,
      event: event.type,
      authoredOn: event.time,
      act: actOf(event, { service: 'referral', handler: this.consumer }),
    };
    await this.giveOutQuestionnaires.execute(moved, tx);
  }
}

const sessions: readonly string[] = ['referral-session-recorded.v1', 'referral-session-missed.v1'];
