import { Injectable } from '@nestjs/common';
import { Database } from '#postgres';
import { englishDay, WorkingTime } from '#programmes';
import { LedClock, Platform } from '#service';
import { SettleDeadlines } from '../use-cases/settle-deadlines.js';

/** Looks which deadlines have passed. */
@Injectable()
export class ReferralClock extends LedClock {
  protected readonly name = 'referral-clock';
  protected readonly trouble = 'Deadlines could not be settled; trying again';

  constructor(
    private readonly settleDeadlines: SettleDeadlines,
    database: Database,
    platform: Platform,
  ) {
    super(database, platform);
  }

  override onApplicationBootstrap(): void {
    const { knownUntil } = new WorkingTime();
    if (englishDay(this.platform.now()) > knownUntil)
      this.platform.logger.warn({ knownUntil }, 'Bank holidays after this day are counted as working days');
    super.onApplicationBootstrap();
  }

  protected async work(isStopping: () => boolean): Promise<void> {
    while (!isStopping() && (await this.settleDeadlines.execute()) > 0);
  }
}
