import type { Type } from '@nestjs/common';
import type { ServiceDefinition } from '#service';
import {
  ActivityDirectoryModule,
  activityDirectoryService,
} from '../../apps/activity-directory/src/activity-directory.module.js';
import { ReferralModule, referralService } from '../../apps/referral/src/referral.module.js';

/** What is measured: always these two, so that a service that is added does not change the numbers. */
export const modules: readonly Type[] = [ReferralModule, ActivityDirectoryModule];
export const definitions: readonly ServiceDefinition[] = [referralService, activityDirectoryService];
