import { runService } from '#service';
import { SubscriptionsModule } from './subscriptions.module.js';

await runService('subscriptions', SubscriptionsModule);
