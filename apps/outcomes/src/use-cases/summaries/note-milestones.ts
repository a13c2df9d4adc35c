import { Injectable } from '@nestjs/common';
import type { HealthcareService, Task } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import type { Milestone } from '#programmes';
import { instantOf } from '../../domain/evaluation/calendar.js';
import { activityIdsOf, programmesOf } from '../../domain/programme.js';
import { Programmes } from '../programmes.js';
import { DueSummaries } from './due-summaries.js';

const weekMs = 7 * 86_400_000;

/** A part was started: the weeks after which its programme wants a summary are counted from then. */
@Injectable()
export class NoteMilestones {
  constructor(
    private readonly store: FhirStore,
    private readonly programmes: Programmes,
    private readonly due: DueSummaries,
  ) {}

  /** One whose day is past when it is heard of is left out: nobody wants to hear years later how it stood in the third month. */
  async execute(part: Task, heardAt: string, tx: Session): Promise<void> {
    const start = instantOf(part.executionPeriod?.start ?? '');
    const referral = referralOf(part);
    if (start === undefined || !referral) return;
    for (const milestone of await this.#milestonesOf(part, tx)) {
      if (milestone.code !== 'weeks') continue;
      const due = new Date(start + milestone.weeks * weekMs);
      if (due.getTime() <= Date.parse(heardAt)) continue;
      await this.due.add({ ...referral, kind: 'milestone', stage: JSON.stringify(milestone), due }, tx);
    }
  }

  async #milestonesOf(part: Task, tx: Session): Promise<Milestone[]> {
    const ids = activityIdsOf(part).map((id) => ({ type: 'HealthcareService', id }));
    const stored = await this.store.readMany(ids, everyone, tx);
    const codes = stored.flatMap(({ content }) => programmesOf(parseJson(content) as HealthcareService));
    return this.programmes.milestonesOf(codes);
  }
}

function referralOf({ focus, for: subject, partOf = [] }: Task) {
  const [requestId, patient] = [idIn(focus, 'ServiceRequest'), idIn(subject, 'Patient')];
  const task = idIn(partOf[0], 'Task');
  if (requestId === undefined || patient === undefined || task === undefined) return undefined;
  return { resource: `ServiceRequest/${requestId}`, patient, task };
}
