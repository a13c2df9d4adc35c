import { Injectable } from '@nestjs/common';
import type { HealthcareService } from 'fhir/r4';
import { FhirError, parseJson, publicAudience } from '#fhir';
import { FhirStore } from '#fhir-store';
import { englishDay, lastDayIn } from '#programmes';
import { Platform } from '#service';
import { endingToldExtension, valueIn, withExtension } from '../domain/capacity.js';
import { lastDayOf } from '../domain/referability.js';
import { AllActivities } from './all-activities.js';

/** How long before its last day an activity is told to end. */
const aheadMs = 12 * 7 * 24 * 60 * 60 * 1000;

/** Tells, once for each last day, of activities whose last day comes near: programmes that stop suddenly destroy trust. */
@Injectable()
export class TellEndings {
  constructor(
    private readonly allActivities: AllActivities,
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  async execute(): Promise<void> {
    const now = this.platform.now();
    const [today, until] = [englishDay(now), englishDay(new Date(now.getTime() + aheadMs))];
    for (const { service } of await this.allActivities.execute()) {
      if (endsWithin(service, today, until)) await this.#tell(service.id ?? '', { today, until });
    }
  }

  async #tell(id: string, { today, until }: { today: string; until: string }): Promise<void> {
    const stored = await this.store.read('HealthcareService', id, publicAudience);
    if (!stored || stored.deleted) return;
    const service = parseJson(stored.content) as HealthcareService;
    if (!endsWithin(service, today, until)) return;
    const told = { url: endingToldExtension, valueDate: lastDayOf(service) ?? '' };
    const resource = withExtension(service, endingToldExtension, [told]);
    const { audience, version } = stored;
    const act = { agent: 'activity-directory', interaction: 'tell-endings', correlationId: this.platform.newId() };
    try {
      const write = { interaction: 'update' as const, resource, audience, version, event: 'activity-ending.v1' };
      await this.store.commit([write], act);
    } catch (error) {
      // Its provider, or another process, was faster: next time it is looked at again.
      if (!(error instanceof FhirError) || error.status !== 409) throw error;
    }
  }
}

/** An activity that is still there, whose last day comes near and was not told of. */
function endsWithin(service: HealthcareService, today: string, until: string): boolean {
  const last = lastDayOf(service);
  if (service.active === false || last === undefined || last < today || last > until) return false;
  const told = valueIn(service, endingToldExtension)?.valueDate;
  return told === undefined || lastDayIn(told) !== last;
}
