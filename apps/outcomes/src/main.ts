import { runService } from '#service';
import { OutcomesModule } from './outcomes.module.js';

await runService('outcomes', OutcomesModule);
