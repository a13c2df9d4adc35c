import { Injectable } from '@nestjs/common';
import { idIn } from '#fhir';
import type { Act } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform } from '#service';
import type { Stage } from '../../domain/outcome-summary/stage.js';
import { ChaseSummary } from './chase-summary.js';
import type { DueSummary } from './due-summaries.js';
import { MakeOutcomeSummary } from './make-outcome-summary.js';

/** Does one thing with a summary whose time has come. */
@Injectable()
export class DoDueSummary {
  constructor(
    private readonly makeOutcomeSummary: MakeOutcomeSummary,
    private readonly chaseSummary: ChaseSummary,
    private readonly platform: Platform,
  ) {}

  async execute({ kind, resource, stage, task = '', patient: patientId }: DueSummary, tx: Session): Promise<void> {
    const correlationId = this.platform.newId();
    const act: Act = { agent: 'outcomes', interaction: `outcomes-${kind}-due`, correlationId };
    const requestId = idIn({ reference: resource }, 'ServiceRequest');
    if (kind === 'acknowledgement') return this.chaseSummary.execute(resource, act, tx);
    if (requestId === undefined) return;
    const occasion = { act, at: this.platform.now().toISOString(), stage: JSON.parse(stage) as Stage };
    await this.makeOutcomeSummary.execute({ taskId: task, requestId, patientId }, occasion, tx);
  }
}
