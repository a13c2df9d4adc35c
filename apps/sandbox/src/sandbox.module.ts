import type { Type } from '@nestjs/common';
import type { ServiceName } from '#fhir';
import type { ServiceDefinition } from '#service';
import {
  ActivityDirectoryModule,
  activityDirectoryService,
} from '../../activity-directory/src/activity-directory.module.js';
import { OutcomesModule, outcomesService } from '../../outcomes/src/outcomes.module.js';
import { QuestionnaireModule, questionnaireService } from '../../questionnaire/src/questionnaire.module.js';
import { ReferralModule, referralService } from '../../referral/src/referral.module.js';
import { SubscriptionsModule, subscriptionsService } from '../../subscriptions/src/subscriptions.module.js';

/** All services, for one process. */
export const modules: readonly Type[] = [
  ReferralModule,
  ActivityDirectoryModule,
  QuestionnaireModule,
  OutcomesModule,
  SubscriptionsModule,
];
export const definitions: readonly ServiceDefinition[] = [
  referralService,
  activityDirectoryService,
  questionnaireService,
  outcomesService,
  subscriptionsService,
];

/** The module of one service. */
export function moduleOf(name: ServiceName): Type {
  const module = modules[definitions.findIndex((definition) => definition.name === name)];
  if (!module) throw new Error(`There is no service ${name}.`);
  return module;
}
