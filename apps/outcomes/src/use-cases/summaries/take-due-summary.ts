import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { canNeverSucceed, isPassing, putAside } from '#messaging';
import { failureOf } from '#observability';
import { Database, type Session } from '#postgres';
import { Platform } from '#service';
import { DoDueSummary } from './do-due-summary.js';
import { DueSummaries, type TakenSummary } from './due-summaries.js';

const minute = 60_000;
/** Waits between tries; when the try after the last one fails too, it is put aside for a person. */
const waitsMs: readonly number[] = [minute, 5 * minute, 30 * minute, 120 * minute, 600 * minute];

/** Of those that were put aside: an operator may have them done. */
export const dueSummaryConsumer = 'outcomes-does-due-summaries';

/** Does the one thing with a summary that is due longest, with what it writes in one transaction. */
@Injectable()
export class TakeDueSummary {
  constructor(
    private readonly database: Database,
    private readonly due: DueSummaries,
    private readonly doDueSummary: DoDueSummary,
    private readonly platform: Platform,
  ) {}

  /** False where nothing was due. */
  async execute(): Promise<boolean> {
    const now = this.platform.now();
    let taken: TakenSummary | undefined;
    try {
      await this.database.transaction(everyone, async (tx) => {
        taken = await this.due.take(now, tx);
        if (taken) await this.doDueSummary.execute(taken, tx);
      });
    } catch (error) {
      const one = taken;
      if (one === undefined) throw error;
      await this.database.transaction(everyone, (tx) => this.#failed(one, error, tx));
    }
    return taken !== undefined;
  }

  async #failed(one: TakenSummary, error: unknown, tx: Session): Promise<void> {
    const { resource } = one;
    const failure = failureOf(error);
    // The database's own trouble is no try.
    const tries = one.tries + (isPassing(error) ? 0 : 1);
    const wait = canNeverSucceed(error) ? undefined : waitsMs[Math.max(tries, 1) - 1];
    if (wait === undefined) {
      if (!(await this.due.giveUp(one, tx))) return;
      await this.#putAside({ ...one, tries }, error, tx);
      this.platform.logger.error({ resource, failure }, 'A summary that is due was put aside');
      return;
    }
    await this.due.putOff({ ...one, tries }, new Date(this.platform.now().getTime() + wait), tx);
    this.platform.logger.warn({ resource, failure }, 'A summary that is due waits');
  }

  async #putAside({ tries, ...due }: TakenSummary, error: unknown, tx: Session): Promise<void> {
    const [type = '', id = ''] = due.resource.split('/');
    const [eventId, correlationId] = [this.platform.newId(), this.platform.newId()];
    const what = { consumer: dueSummaryConsumer, service: 'outcomes', type: 'summary-due.v1', about: { type, id } };
    await putAside({ ...what, data: due, id: eventId, at: this.platform.now(), correlationId, tries }, error, tx);
  }
}
