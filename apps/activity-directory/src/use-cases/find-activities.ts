import { Injectable } from '@nestjs/common';
import { type ActivityWish, findActivities, type FoundActivity } from '../domain/activity-search.js';
import { AllActivities } from './all-activities.js';

/** Finds activities by text, condition and distance. */
@Injectable()
export class FindActivities {
  constructor(private readonly allActivities: AllActivities) {}

  async execute(wish: ActivityWish): Promise<FoundActivity[]> {
    return findActivities(await this.allActivities.execute(), wish);
  }
}
