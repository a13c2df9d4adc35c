import { parseArgs } from 'node:util';
import { playOracle } from './play-oracle.js';

/** The oracle in a process of its own, which may run another build: prints what it found as one line of JSON. */
const { values } = parseArgs({
  options: {
    database: { type: 'string', default: '' },
    nats: { type: 'string', default: '' },
    monitor: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    pairs: { type: 'string', default: '1000' },
  },
});
const ground = { databaseUrl: values.database, natsUrl: values.nats, natsMonitorUrl: values.monitor };
const result = await playOracle(ground, { seed: Number(values.seed), pairs: Number(values.pairs) });
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
