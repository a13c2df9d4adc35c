import { runService } from '#service';
import { ActivityDirectoryModule } from './activity-directory.module.js';

await runService('activity-directory', ActivityDirectoryModule);
