import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { DirectoryWrites } from './api/directory.writes.js';
import { FindActivitiesOperation } from './api/find-activities.operation.js';
import { OnAppointment } from './events/on-appointment.js';
import { CountPlaces } from './use-cases/count-places.js';
import { FindActivities } from './use-cases/find-activities.js';
import { directoryTypes, ManagingOrganisation } from './use-cases/managing-organisation.js';

export const activityDirectoryService: ServiceDefinition = { name: 'activity-directory', follows: [] };

const operations = [FindActivitiesOperation];
const handlers = [OnAppointment];
const useCases = [CountPlaces, FindActivities, ManagingOrganisation];

@Module({
  imports: [ServiceModule.of(activityDirectoryService)],
  providers: [...operations, ...handlers, ...useCases],
})
export class ActivityDirectoryModule {
  constructor(service: Service, moduleRef: ModuleRef, managingOrganisation: ManagingOrganisation) {
    const moreWrites = directoryTypes.map((type) => new DirectoryWrites(type, managingOrganisation));
    service.wire(moduleRef, { operations, handlers, moreWrites });
  }
}
