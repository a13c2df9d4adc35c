import { Injectable } from '@nestjs/common';
import { FhirError } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import type { BookingMessage, ReferralMessage } from '../../domain/bars/index.js';
import { BookByMessage } from './book-by-message.js';
import { CancelByMessage } from './cancel-by-message.js';
import type { KnownOfMessage } from './known-message.js';
import { TakeResponse } from './take-response.js';
import type { TakenMessage } from './taken-message.js';
import { UpdateByMessage } from './update-by-message.js';

export interface MessageTurn {
  request: FhirRequest;
  /** May be used once: the message came. */
  keys: readonly string[];
  /** Id of the HealthcareService that is addressed. */
  service: string;
}

/** What messages change that is here already; undefined where another request changed it first. */
@Injectable()
export class MessageTurns {
  constructor(
    private readonly store: FhirStore,
    private readonly cancelByMessage: CancelByMessage,
    private readonly updateByMessage: UpdateByMessage,
    private readonly takeResponse: TakeResponse,
    private readonly bookByMessage: BookByMessage,
  ) {}

  ofReferral(message: ReferralMessage, known: KnownOfMessage, turn: MessageTurn): Promise<TakenMessage | undefined> {
    const { request } = turn;
    switch (message.kind) {
      case 'cancellation':
        return this.#committed(turn, () => this.cancelByMessage.execute(message, known, request));
      case 'update':
        return this.#committed(turn, () => this.updateByMessage.execute(message, known, request));
      default:
        return this.#committed(turn, () => this.takeResponse.execute(message, known, request));
    }
  }

  ofBooking(message: BookingMessage, known: KnownOfMessage, turn: MessageTurn): Promise<TakenMessage | undefined> {
    return this.#committed(turn, () =>
      message.kind === 'booking-cancellation'
        ? this.bookByMessage.cancel(message, known, turn.request)
        : this.bookByMessage.create(message, known, turn),
    );
  }

  async #committed(
    { request, keys }: MessageTurn,
    plan: () => Promise<TakenMessage>,
  ): Promise<TakenMessage | undefined> {
    const taken = await plan();
    try {
      await this.store.commit(taken.writes, {
        ...request.act,
        keys,
        onceAnswer: { status: 200, target: taken.target },
      });
      return taken;
    } catch (thrown) {
      if (thrown instanceof FhirError && thrown.status === 409) return undefined;
      throw thrown;
    }
  }
}
