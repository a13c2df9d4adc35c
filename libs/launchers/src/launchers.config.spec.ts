import { readSettings } from './launchers.config.js';

describe('the settings of the launchers', () => {
  it('are all optional, and an empty one counts as none', () => {
    expect(readSettings({ DATABASE_URL: '', NATS_URL: '' })).toEqual({
      databaseUrl: undefined,
      natsUrl: undefined,
      natsMonitorUrl: undefined,
      natsSyncsAlways: false,
      dataFolder: undefined,
      testInfrastructure: 'embedded',
    });
  });

  it.each([
    [
      { DATABASE_URL: 'mysql://user:secret@host/db' },
      'DATABASE_URL is not usable: it must be an address that begins with postgres://.',
    ],
    [{ NATS_URL: 'secret' }, 'NATS_URL is not usable: it must be an address that begins with nats:// or tls://.'],
    [
      { NATS_MONITOR_URL: 'host:8222' },
      'NATS_MONITOR_URL is not usable: it must be an address that begins with http:// or https://.',
    ],
    [{ GINNEL_NATS_SYNC: 'sometimes' }, 'GINNEL_NATS_SYNC is not usable: it must be the word always.'],
    [{ GINNEL_TEST_INFRA: 'podman' }, 'GINNEL_TEST_INFRA is not usable: it must be docker or embedded.'],
  ])('%j stops the start without repeating the value', (environment, sentence) => {
    expect(() => readSettings(environment)).toThrow(sentence);
  });
});
