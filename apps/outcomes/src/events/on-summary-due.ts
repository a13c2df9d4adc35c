import { Injectable } from '@nestjs/common';
import type { CloudEvent } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { DoDueSummary } from '../use-cases/summaries/do-due-summary.js';
import type { DueSummary } from '../use-cases/summaries/due-summaries.js';
import { dueSummaryConsumer } from '../use-cases/summaries/take-due-summary.js';

/** What the clock did in vain is done when an operator says so; nothing else asks for it. */
@Injectable()
export class OnSummaryDue extends EventHandler {
  readonly consumer = dueSummaryConsumer;
  readonly subjects = [];

  constructor(private readonly doDueSummary: DoDueSummary) {
    super();
  }

  async handle({ data }: CloudEvent, tx: Session): Promise<void> {
    await this.doDueSummary.execute(data as DueSummary, tx);
  }
}
