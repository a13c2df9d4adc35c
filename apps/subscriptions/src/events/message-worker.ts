import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Signal } from '#messaging';
import { failureOf } from '#observability';
import { Platform } from '#service';
import { type ClaimedMessage, ClaimMessages } from '../use-cases/messages/claim-messages.js';
import { SendMessage } from '../use-cases/messages/send-message.js';

const concurrency = 4;
const pollMs = 1_000;

/** Sends the messages that are due: woken when one was queued, looking each second for what a dead process left or a wait ended. */
@Injectable()
export class MessageWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #signal = new Signal();
  readonly #inFlight = new Set<Promise<void>>();
  #running: Promise<void> | undefined;

  constructor(
    private readonly claimMessages: ClaimMessages,
    private readonly sendMessage: SendMessage,
    private readonly platform: Platform,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  /** Before the database closes: claims nothing more, and lets end what is being sent. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#signal.close();
    await this.#running;
    await Promise.all(this.#inFlight);
  }

  wake(): void {
    this.#signal.ring();
  }

  async #run(): Promise<void> {
    while (!this.#signal.closed) {
      const claimed = await this.#claim();
      for (const message of claimed) this.#start(message);
      if (claimed.length === 0 || this.#inFlight.size >= concurrency) await this.#signal.wait(pollMs);
    }
  }

  async #claim(): Promise<ClaimedMessage[]> {
    const free = concurrency - this.#inFlight.size;
    if (free <= 0) return [];
    try {
      return await this.claimMessages.execute(free);
    } catch (error) {
      this.platform.logger.warn({ failure: failureOf(error) }, 'Messages could not be claimed; trying again');
      return [];
    }
  }

  #start(message: ClaimedMessage): void {
    const sending = this.#send(message).finally(() => {
      this.#inFlight.delete(sending);
      this.wake();
    });
    this.#inFlight.add(sending);
  }

  /** Never throws: what could not be written down is sent again when its lease ends. */
  async #send(message: ClaimedMessage): Promise<void> {
    const { communicationId, messageId, correlationId, attempts: attempt } = message;
    const ids = { communicationId, messageId, correlationId, attempt };
    try {
      const outcome = await this.sendMessage.execute(message);
      this.#messages().inc({ outcome });
      if (outcome !== 'taken') this.platform.logger.warn({ ...ids, outcome }, 'A message was not taken');
    } catch (error) {
      this.platform.logger.error({ ...ids, failure: failureOf(error) }, 'A message could not be sent; it is repeated');
    }
  }

  #messages() {
    return this.platform.metrics.counter({
      name: 'ginnel_messages_total',
      help: 'Tries to send a message to the sender of a referral, by what became of them.',
      labels: ['outcome'],
    });
  }
}
