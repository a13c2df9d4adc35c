import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Questions } from '#messaging';
import { Platform } from '#service';
import { type Hold, HeldPlaces, openAtOnce } from './held-places.js';
import { SettlePlace } from './settle-place.js';
import { ShowPlaces } from './show-places.js';

const afterMs = 10_000;

/** What the referral service says of an asking for a place. */
const truth = z.discriminatedUnion('state', [
  /** It will never come about: the question itself has seen to that. */
  z.object({ state: z.literal('refused') }),
  /** Not decided. */
  z.object({ state: z.literal('pending') }),
  z.object({ state: z.literal('settled'), version: z.int().positive(), service: z.string().optional() }),
]);

/** Asks after places of whose Tasks nothing was heard for ten seconds. Without an answer they stay: no clock frees a place. */
@Injectable()
export class AskAfterHolds {
  /** Where the last look ended: those that cannot be settled hold up none behind them. */
  #after = '';

  constructor(
    private readonly places: HeldPlaces,
    private readonly settlePlace: SettlePlace,
    private readonly showPlaces: ShowPlaces,
    private readonly questions: Questions,
    private readonly platform: Platform,
  ) {}

  async execute(): Promise<void> {
    const before = new Date(this.platform.now().getTime() - afterMs);
    const failures: unknown[] = [];
    const holds = await this.places.open(before, this.#after);
    this.#after = holds.length < openAtOnce ? '' : (holds.at(-1)?.hold ?? '');
    // One that cannot be settled now holds up no other; it is looked at again.
    for (const hold of holds) {
      await this.#settle(hold).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #settle({ hold, service, task, version }: Hold): Promise<void> {
    const said = truth.parse(await this.questions.ask('referral', 'place-hold', { hold, task, version }));
    if (said.state === 'pending') return;
    const correlationId = this.platform.newId();
    const act = { agent: 'activity-directory', interaction: 'ask-after-holds', correlationId };
    await this.places.together(async (tx) => {
      if (said.state === 'settled') return this.settlePlace.execute({ task, ...said }, { act, tx, isHeard: false });
      await this.places.turnAt(service, tx);
      await this.places.forget(hold, tx);
      await this.showPlaces.execute(service, { act, tx });
    });
  }
}
