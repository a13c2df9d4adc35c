import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, type FreshDatabase, testInfrastructure } from '#testing';
import { ExampleProcess } from './example-process.js';
import { ServicesProcess } from './services-process.js';

const startMs = 120_000;
const playMs = 60_000;

/** The files of docs/examples as they stand, before services in processes of their own. */
describe('the examples of the guides', () => {
  const data = mkdtempSync(join(tmpdir(), 'ginnel-examples-'));
  let database: FreshDatabase;
  let services: ServicesProcess;
  let url: string;
  const examples: ExampleProcess[] = [];

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
    await Promise.all(examples.map((each) => each.end('SIGKILL')));
    services.kill('SIGTERM');
    await services.ended;
    await database.drop();
    rmSync(data, { recursive: true });
  }, startMs);

  function example(name: string): ExampleProcess {
    const started = new ExampleProcess(name, { url, data });
    examples.push(started);
    return started;
  }

  it(
    'send a referral, work on it and bring its outcome into the record',
    async () => {
      const provider = example('provider');
      await provider.said('Listening');
      const practice = example('gp-system');
      expect([await practice.end(), await provider.end('SIGINT')]).toEqual([0, 0]);
      expect(practice.lines[0]).toMatch(/^Sent: GIN-\S+ is the reference/);
      expect(practice.lines).toEqual(
        expect.arrayContaining(['The provider: completed', 'The referral: completed', 'The outcome is in the record.']),
      );
      expect(practice.lines.some((line) => /^Outcome: .*Walks to the shops again/.test(line))).toBe(true);
      expect(provider.lines.filter((line) => line.startsWith('Completed: Task/'))).toHaveLength(1);
    },
    playMs,
  );

  it(
    'go on with the same referral after a crash',
    async () => {
      const crashed = example('gp-system');
      await crashed.said('Sent:');
      await crashed.end('SIGKILL');
      const provider = example('provider');
      await provider.said('Listening');
      const practice = example('gp-system');
      expect([await practice.end(), await provider.end('SIGINT')]).toEqual([0, 0]);
      expect(practice.lines[0]).toBe(crashed.lines[0]);
      expect(practice.lines).toContain('The outcome is in the record.');
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
