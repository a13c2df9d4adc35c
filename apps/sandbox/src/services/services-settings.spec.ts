import { environmentOf, readServicesConfig } from './services.config.js';
import { readServicesSettings } from './services-settings.js';

describe('the settings of services in processes of their own', () => {
  it('are a port and whether to begin with empty data', () => {
    expect(readServicesSettings([])).toEqual({ fresh: false, port: 8080 });
    expect(readServicesSettings(['--fresh', '--port', '0'])).toEqual({ fresh: true, port: 0 });
  });

  it.each(['65536', '-1', '', '80a', '1e3'])('take no port %j', (port) => {
    expect(() => readServicesSettings([`--port=${port}`])).toThrow('--port takes a number from 0 to 65535.');
  });

  it.each(['open', 'once', 'json'])('refuse --%s, which is for one process, and say where it is taken', (option) => {
    expect(() => readServicesSettings([`--${option}`])).toThrow(
      `--${option} is for all services in one process: npm start -- --${option}`,
    );
  });
});

describe('the environment of a service', () => {
  it('is what it is given and what Node needs of the machine, and nothing else of ours', () => {
    const ours = {
      PATH: '/bin',
      HOME: '/root',
      DATABASE_URL: 'postgres://admin:secret@db/ginnel',
      PGPASSWORD: 'secret',
    };
    expect(environmentOf({ GINNEL_PORT: '0', GINNEL_NATS_NAMESPACE: undefined }, ours)).toEqual({
      PATH: '/bin',
      HOME: '/root',
      GINNEL_PORT: '0',
    });
  });

  it('may have a namespace on the broker', () => {
    expect(readServicesConfig({ GINNEL_NATS_NAMESPACE: 'trial-1' })).toEqual({
      namespace: 'trial-1',
      nhsNumberCheck: 'warn',
    });
    expect(() => readServicesConfig({ GINNEL_NATS_NAMESPACE: 'Not a word' })).toThrow(
      'These environment variables are wrong: GINNEL_NATS_NAMESPACE.',
    );
  });
});
