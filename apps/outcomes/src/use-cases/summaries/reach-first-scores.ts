import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import type { Session } from '#postgres';
import { OwnersRecords } from '#service';
import { Programmes } from '../programmes.js';
import { MakeOutcomeSummary } from './make-outcome-summary.js';
import type { Occasion } from './write-summary.js';

/** Answers came: where a programme wants a summary with the first scores before and after, it may be time for it. */
@Injectable()
export class ReachFirstScores {
  constructor(
    private readonly owners: OwnersRecords,
    private readonly programmes: Programmes,
    private readonly makeOutcomeSummary: MakeOutcomeSummary,
  ) {}

  async execute(requestId: string, occasion: Occasion, tx: Session): Promise<void> {
    if (!this.programmes.milestonesOf().some(({ code }) => code === 'first-scores')) return;
    const reference = `ServiceRequest/${requestId}`;
    const tasks = await this.owners.pointing({ type: 'Task', parameter: 'focus', reference }, everyone);
    const parent = tasks.map(({ content }) => parseJson(content) as Task).find(({ partOf }) => partOf === undefined);
    const patientId = idIn(parent?.for, 'Patient');
    if (parent?.id === undefined || patientId === undefined) return;
    const referral = { taskId: parent.id, requestId, patientId };
    await this.makeOutcomeSummary.execute(referral, { ...occasion, stage: { code: 'first-scores' } }, tx);
  }
}
