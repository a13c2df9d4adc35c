import { Injectable } from '@nestjs/common';
import type { Act } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { HeldPlaces } from './held-places.js';
import { ShowPlaces } from './show-places.js';

/** A Task as it was committed: at which activity it has a place, if any. */
export interface SettledTask {
  task: string;
  version: number;
  service?: string | undefined;
}

/**
 * What a Task says, as of one version, is what the directory keeps: a place that it has is confirmed, others are freed. A
 * place that was asked for by a later version is not touched: that has its own say.
 */
@Injectable()
export class SettlePlace {
  constructor(
    private readonly places: HeldPlaces,
    private readonly showPlaces: ShowPlaces,
    private readonly platform: Platform,
  ) {}

  /** `isHeard`: by its event, after those of the versions before it. An answer may be older than what was heard meanwhile. */
  async execute(
    { task, version, service }: SettledTask,
    { act, tx, isHeard }: { act: Act; tx: Session; isHeard: boolean },
  ): Promise<void> {
    const known = await this.places.servicesOf({ task, version }, tx);
    const touched = [...new Set([...known, ...(service === undefined ? [] : [service])])].sort();
    for (const one of touched) await this.places.turnAt(one, tx);
    for (const one of touched) {
      const place = { service: one, task, version };
      if (one !== service) await this.places.release(place, tx);
      // A directory that was restored from an older backup learns of the place by the Task.
      else if (!(await this.places.confirm(place, tx)) && isHeard) {
        const hold = { ...place, hold: this.platform.newId() };
        await this.places.add(hold, { now: this.platform.now(), confirmed: true, tx });
      }
      await this.showPlaces.execute(one, { act, tx });
    }
  }
}
