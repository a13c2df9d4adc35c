import { Injectable } from '@nestjs/common';
import type { Bundle } from 'fhir/r4';
import { z } from 'zod';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { parseJson } from '#fhir';
import { EventHandler, Questions } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { KeepMessageParts } from '../use-cases/keep-message-parts.js';

const answer = z.array(z.object({ content: z.string() })).length(1);

/** A referral message was taken: its observations and answers are kept here. */
@Injectable()
export class OnMessageReceived extends EventHandler {
  readonly consumer = 'questionnaire-keeps-message-parts';
  readonly subjects = [subjectsOfType('referral', 'Bundle')];
  override readonly types = ['message-received.v1'];

  constructor(
    private readonly keepMessageParts: KeepMessageParts,
    private readonly questions: Questions,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const act = actOf(event, { service: 'questionnaire', handler: this.consumer });
    const message = (event.data as Bundle | undefined) ?? (await this.#fetch(event));
    await this.keepMessageParts.execute(message, { audience: event.audience.split(','), act }, tx);
  }

  /** A large message does not ride in its event. */
  async #fetch({ subject }: CloudEvent): Promise<Bundle> {
    const { type, id } = subjectResource(subject);
    const [stored] = answer.parse(await this.questions.ask('referral', 'read', { ids: [{ type, id }], reader: ['*'] }));
    return parseJson(stored?.content ?? '') as Bundle;
  }
}
