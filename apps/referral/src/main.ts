import { runService } from '#service';
import { ReferralModule } from './referral.module.js';

await runService('referral', ReferralModule);
