import { Injectable } from '@nestjs/common';
import { everyone, idIn } from '#fhir';
import type { Act } from '#fhir-store';
import { failureOf } from '#observability';
import { Database, type Session } from '#postgres';
import { Platform } from '#service';
import type { Stage } from '../../domain/outcome-summary/stage.js';
import { ChaseSummary } from './chase-summary.js';
import { type DueSummary, DueSummaries } from './due-summaries.js';
import { MakeOutcomeSummary } from './make-outcome-summary.js';

/** Does the one thing with a summary that is due longest, with what it writes in one transaction. */
@Injectable()
export class DoDueSummary {
  constructor(
    private readonly database: Database,
    private readonly due: DueSummaries,
    private readonly makeOutcomeSummary: MakeOutcomeSummary,
    private readonly chaseSummary: ChaseSummary,
    private readonly platform: Platform,
  ) {}

  /** False where nothing was due. */
  async execute(): Promise<boolean> {
    const now = this.platform.now();
    let taken: DueSummary | undefined;
    try {
      await this.database.transaction(everyone, async (tx) => {
        taken = await this.due.take(now, tx);
        if (taken) await this.#do(taken, now, tx);
      });
    } catch (error) {
      const one = taken;
      if (one === undefined) throw error;
      await this.database.transaction(everyone, (tx) => this.due.putOff(one, now, tx));
      this.platform.logger.warn({ resource: one.resource, failure: failureOf(error) }, 'A summary that is due waits');
    }
    return taken !== undefined;
  }

  async #do({ kind, resource, stage, task = '', patient: patientId }: DueSummary, now: Date, tx: Session) {
    const correlationId = this.platform.newId();
    const act: Act = { agent: 'outcomes', interaction: `outcomes-${kind}-due`, correlationId };
    const requestId = idIn({ reference: resource }, 'ServiceRequest');
    if (kind === 'acknowledgement') return this.chaseSummary.execute(resource, act, tx);
    if (requestId === undefined) return;
    const occasion = { act, at: now.toISOString(), stage: JSON.parse(stage) as Stage };
    await this.makeOutcomeSummary.execute({ taskId: task, requestId, patientId }, occasion, tx);
  }
}
