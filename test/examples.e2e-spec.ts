import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '#programmes';
import { freshDatabase, type FreshDatabase, testInfrastructure } from '#testing';
import { environmentOf } from '../apps/sandbox/src/services/services.config.js';
import { ServicesProcess } from './services-process.js';

const startMs = 120_000;
const playMs = 60_000;

/** The files of docs/examples as they stand, before services in processes of their own. */
describe('the examples of the guides', () => {
  const data = mkdtempSync(join(tmpdir(), 'ginnel-examples-'));
  let database: FreshDatabase;
  let services: ServicesProcess;
  let url: string;
  const examples: Example[] = [];

  beforeAll(async () => {
    const { natsUrl, natsMonitorUrl } = testInfrastructure();
    database = await freshDatabase();
    services = new ServicesProcess(['--port', '0'], {
      GINNEL_DATA: data,
      DATABASE_URL: database.url,
      NATS_URL: natsUrl,
      NATS_MONITOR_URL: natsMonitorUrl,
      GINNEL_NATS_NAMESPACE: `examples-${randomUUID().slice(0, 8)}`,
    });
    [url = ''] = await services.said(/^Ginnel is ready at (\S+)\/fhir /);
  }, startMs);

  afterAll(async () => {
    for (const { process } of examples) process.kill('SIGKILL');
    services.kill('SIGTERM');
    await services.ended;
    await database.drop();
    rmSync(data, { recursive: true });
  }, startMs);

  it(
    'send a referral, work on it and bring its outcome into the record',
    async () => {
      const provider = example('provider', { url, data });
      examples.push(provider);
      await provider.said('Listening');
      const practice = example('gp-system', { url, data });
      examples.push(practice);
      await once(practice.process, 'close');
      provider.process.kill('SIGINT');
      await once(provider.process, 'close');
      expect([practice.process.exitCode, provider.process.exitCode]).toEqual([0, 0]);
      expect(practice.lines[0]).toMatch(/^Sent: GIN-\S+ is the reference/);
      expect(practice.lines).toEqual(
        expect.arrayContaining(['The provider: completed', 'The referral: completed', 'The outcome is in the record.']),
      );
      expect(practice.lines.some((line) => /^Outcome: .*Walks to the shops again/.test(line))).toBe(true);
      expect(provider.lines.filter((line) => line.startsWith('Completed: Task/'))).toHaveLength(1);
    },
    playMs,
  );

  it('stand before an edge that fails on purpose, too', async () => {
    const ask = (asked: string) => fetch(`${url}/fhir/metadata`, { headers: { 'x-ginnel-fail': asked } });
    expect((await ask('REC_UNAVAILABLE')).status).toBe(503);
    expect((await ask('delay=1')).status).toBe(200);
    await expect(ask('lost-answer')).rejects.toThrow('fetch failed');
  });
});

interface Example {
  process: ChildProcess;
  lines: string[];
  said: (opening: string) => Promise<void>;
}

function example(name: string, { url, data }: { url: string; data: string }): Example {
  const file = join(projectRoot(), 'docs', 'examples', `${name}.mjs`);
  const env = environmentOf({ GINNEL_URL: url, GINNEL_DATA: data });
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const output = createInterface(child.stdout);
  output.on('line', (line) => lines.push(line));
  const said = async (opening: string): Promise<void> => {
    while (!lines.some((line) => line.startsWith(opening))) await once(output, 'line');
  };
  return { process: child, lines, said };
}
