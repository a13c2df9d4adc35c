import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { BasicWrites } from './api/basic.writes.js';
import { SubscriptionStatusOperation } from './api/subscription-status.operation.js';
import { SubscriptionWrites } from './api/subscription.writes.js';
import { DeliveryWorker } from './events/delivery-worker.js';
import { OnFact } from './events/on-fact.js';
import { OnSubscriptionChanged } from './events/on-subscription-changed.js';
import { deliveryMigration, deliveryPersonsMigration, guardedDeliveryMigration } from './store/delivery-migration.js';
import { subscriberMigration } from './store/subscriber-migration.js';
import { ClaimDeliveries } from './use-cases/claim-deliveries.js';
import { CountDeliveries } from './use-cases/count-deliveries.js';
import { DeliverNotification } from './use-cases/deliver-notification.js';
import { EndSubscription } from './use-cases/end-subscription.js';
import { FindAddressee } from './use-cases/find-addressee.js';
import { FindListeners } from './use-cases/find-listeners.js';
import { HastenDeliveries } from './use-cases/hasten-deliveries.js';
import { NoteSubscriber } from './use-cases/note-subscriber.js';
import { QueueNotifications } from './use-cases/queue-notifications.js';
import { SendWebhook } from './use-cases/send-webhook.js';
import { SettleDelivery } from './use-cases/settle-delivery.js';
import { TendSubscriptions } from './use-cases/tend-subscriptions.js';

export const subscriptionsService: ServiceDefinition = {
  name: 'subscriptions',
  follows: [],
  migrations: [deliveryMigration, deliveryPersonsMigration, guardedDeliveryMigration, subscriberMigration],
};

const writes = [BasicWrites, SubscriptionWrites];
const operations = [SubscriptionStatusOperation];
const handlers = [OnFact, OnSubscriptionChanged];
const useCases = [
  ClaimDeliveries,
  CountDeliveries,
  DeliverNotification,
  EndSubscription,
  FindAddressee,
  FindListeners,
  HastenDeliveries,
  NoteSubscriber,
  QueueNotifications,
  SendWebhook,
  SettleDelivery,
  TendSubscriptions,
];

@Module({
  imports: [ServiceModule.of(subscriptionsService)],
  providers: [...writes, ...operations, ...handlers, ...useCases, DeliveryWorker],
})
export class SubscriptionsModule {
  constructor(service: Service, moduleRef: ModuleRef) {
    service.wire(moduleRef, { writes, operations, handlers });
  }
}
