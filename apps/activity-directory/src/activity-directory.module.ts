import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { AllDirectoryWrites } from './api/all-directory-writes.js';
import { FindActivitiesOperation } from './api/find-activities.operation.js';
import { PlaceQuestions } from './api/place-questions.js';
import { DirectoryClock } from './events/directory-clock.js';
import { OnAppointment } from './events/on-appointment.js';
import { OnTask } from './events/on-task.js';
import { heldPlaceMigration } from './store/held-place-migration.js';
import { AllActivities } from './use-cases/all-activities.js';
import { ClaimIdentifiers } from './use-cases/claim-identifiers.js';
import { CountPlaces } from './use-cases/count-places.js';
import { FindActivities } from './use-cases/find-activities.js';
import { JudgeReferability } from './use-cases/judge-referability.js';
import { KeepCapacity } from './use-cases/keep-capacity.js';
import { ManagingOrganisation } from './use-cases/managing-organisation.js';
import { AskAfterHolds } from './use-cases/places/ask-after-holds.js';
import { HeldPlaces } from './use-cases/places/held-places.js';
import { HoldPlace } from './use-cases/places/hold-place.js';
import { MendCounts } from './use-cases/places/mend-counts.js';
import { MendSlots } from './use-cases/places/mend-slots.js';
import { SettlePlace } from './use-cases/places/settle-place.js';
import { ShowPlaces } from './use-cases/places/show-places.js';
import { TellEndings } from './use-cases/tell-endings.js';

export { routingKeysOf } from './domain/routing-identifiers.js';

export const activityDirectoryService: ServiceDefinition = {
  name: 'activity-directory',
  follows: [],
  migrations: [heldPlaceMigration],
};

const operations = [FindActivitiesOperation];
const handlers = [OnAppointment, OnTask];
const useCases = [
  AllActivities,
  AskAfterHolds,
  ClaimIdentifiers,
  CountPlaces,
  FindActivities,
  HeldPlaces,
  HoldPlace,
  JudgeReferability,
  KeepCapacity,
  ManagingOrganisation,
  MendCounts,
  MendSlots,
  SettlePlace,
  ShowPlaces,
  TellEndings,
];

@Module({
  imports: [ServiceModule.of(activityDirectoryService)],
  controllers: [PlaceQuestions],
  providers: [AllDirectoryWrites, DirectoryClock, ...operations, ...handlers, ...useCases],
})
export class ActivityDirectoryModule {
  constructor(service: Service, moduleRef: ModuleRef, writes: AllDirectoryWrites) {
    service.wire(moduleRef, { operations, handlers, moreWrites: writes.each });
  }
}
