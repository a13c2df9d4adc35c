import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Service, type ServiceDefinition, ServiceModule } from '#service';
import { BasicWrites } from './api/basic.writes.js';
import { SubscriptionEventsOperation } from './api/subscription-events.operation.js';
import { SubscriptionReplayOperation } from './api/subscription-replay.operation.js';
import { SubscriptionStatusOperation } from './api/subscription-status.operation.js';
import { SubscriptionWrites } from './api/subscription.writes.js';
import { DeliveryWorker } from './events/delivery-worker.js';
import { MessageWorker } from './events/message-worker.js';
import { OnEndpointChanged } from './events/on-endpoint-changed.js';
import { OnFact } from './events/on-fact.js';
import { OnMessageComposed } from './events/on-message-composed.js';
import { OnSubscriptionChanged } from './events/on-subscription-changed.js';
import {
  deliveryEndMigration,
  deliveryMigration,
  deliveryPersonsMigration,
  deliveryTriesMigration,
  guardedDeliveryMigration,
} from './store/delivery-migration.js';
import { laneMigration, receiverMigration } from './store/lane-migration.js';
import { outgoingMessageMigration } from './store/outgoing-message-migration.js';
import { notedMigration, provenMigration, subscriberMigration } from './store/subscriber-migration.js';
import { ActivateSubscription } from './use-cases/activate-subscription.js';
import { ClaimDeliveries } from './use-cases/claim-deliveries.js';
import { ComposeNotification } from './use-cases/compose-notification.js';
import { CountDeliveries } from './use-cases/count-deliveries.js';
import { DeliverNotification, DeliverySteps } from './use-cases/deliver-notification.js';
import { EndSubscription } from './use-cases/end-subscription.js';
import { FindAddressee } from './use-cases/find-addressee.js';
import { FindEvents } from './use-cases/find-events.js';
import { FindListeners } from './use-cases/find-listeners.js';
import { FollowSubscription } from './use-cases/follow-subscription.js';
import { HastenDeliveries } from './use-cases/hasten-deliveries.js';
import { ClaimMessages } from './use-cases/messages/claim-messages.js';
import { HastenMessages } from './use-cases/messages/hasten-messages.js';
import { QueueMessage } from './use-cases/messages/queue-message.js';
import { SendMessage } from './use-cases/messages/send-message.js';
import { SettleMessage } from './use-cases/messages/settle-message.js';
import { NoteSubscriber } from './use-cases/note-subscriber.js';
import { PublishTopics } from './use-cases/publish-topics.js';
import { QueueHeartbeats } from './use-cases/queue-heartbeats.js';
import { QueueNotifications } from './use-cases/queue-notifications.js';
import { ReplayEvents } from './use-cases/replay-events.js';
import { SendWebhook } from './use-cases/send-webhook.js';
import { SettleDelivery } from './use-cases/settle-delivery.js';
import { TendSubscriptions } from './use-cases/tend-subscriptions.js';

export const subscriptionsService: ServiceDefinition = {
  name: 'subscriptions',
  follows: [],
  // The last try of each message that it sent, with the answer of the other side.
  keeps: ['Bundle'],
  migrations: [
    deliveryMigration,
    deliveryPersonsMigration,
    guardedDeliveryMigration,
    subscriberMigration,
    laneMigration,
    outgoingMessageMigration,
    notedMigration,
    receiverMigration,
    deliveryTriesMigration,
    provenMigration,
    deliveryEndMigration,
  ],
};

const writes = [BasicWrites, SubscriptionWrites];
const operations = [SubscriptionStatusOperation, SubscriptionEventsOperation, SubscriptionReplayOperation];
const handlers = [OnEndpointChanged, OnFact, OnMessageComposed, OnSubscriptionChanged];
const useCases = [
  ActivateSubscription,
  ClaimDeliveries,
  ClaimMessages,
  ComposeNotification,
  CountDeliveries,
  DeliverNotification,
  DeliverySteps,
  EndSubscription,
  FindAddressee,
  FindEvents,
  FindListeners,
  FollowSubscription,
  HastenDeliveries,
  HastenMessages,
  NoteSubscriber,
  PublishTopics,
  QueueHeartbeats,
  QueueMessage,
  QueueNotifications,
  ReplayEvents,
  SendMessage,
  SendWebhook,
  SettleDelivery,
  SettleMessage,
  TendSubscriptions,
];

@Module({
  imports: [ServiceModule.of(subscriptionsService)],
  providers: [...writes, ...operations, ...handlers, ...useCases, DeliveryWorker, MessageWorker],
})
export class SubscriptionsModule {
  constructor(service: Service, moduleRef: ModuleRef) {
    service.wire(moduleRef, { writes, operations, handlers });
  }
}
