import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { AllDirectoryWrites } from './api/all-directory-writes.js';
import { FindActivitiesOperation } from './api/find-activities.operation.js';
import { OnAppointment } from './events/on-appointment.js';
import { ClaimIdentifiers } from './use-cases/claim-identifiers.js';
import { CountPlaces } from './use-cases/count-places.js';
import { FindActivities } from './use-cases/find-activities.js';
import { ManagingOrganisation } from './use-cases/managing-organisation.js';

export { routingKeysOf } from './domain/routing-identifiers.js';

export const activityDirectoryService: ServiceDefinition = { name: 'activity-directory', follows: [] };

const operations = [FindActivitiesOperation];
const handlers = [OnAppointment];
const useCases = [ClaimIdentifiers, CountPlaces, FindActivities, ManagingOrganisation];

@Module({
  imports: [ServiceModule.of(activityDirectoryService)],
  providers: [AllDirectoryWrites, ...operations, ...handlers, ...useCases],
})
export class ActivityDirectoryModule {
  constructor(service: Service, moduleRef: ModuleRef, writes: AllDirectoryWrites) {
    service.wire(moduleRef, { operations, handlers, moreWrites: writes.each });
  }
}
