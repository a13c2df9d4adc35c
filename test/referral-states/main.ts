import { writeFileSync } from 'node:fs';
import { pageOf } from './page.js';
import { states } from './states.js';

writeFileSync(new URL('../../../docs/referral-states.md', import.meta.url), pageOf(states));
