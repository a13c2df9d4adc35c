import { usualLimits } from '#fhir-server';
import { limitsIn, limitVariables } from './limits.config.js';
import { readServiceConfig } from './service.config.js';

const needed = {
  GINNEL_BASE_URL: 'https://ginnel.example/fhir',
  DATABASE_URL: 'postgres://referral@127.0.0.1/ginnel',
  NATS_URL: 'nats://127.0.0.1:4222',
  GINNEL_SECRET: 'a secret that is long enough to be one',
};

describe('the limits of the environment', () => {
  it('are named by one variable each', () => {
    const all = Object.fromEntries(Object.keys(limitVariables).map((name, at) => [name, String(at + 1)]));
    const limits = limitsIn(readServiceConfig({ ...needed, ...all }));
    expect(Object.keys(limits).sort()).toEqual(Object.keys(usualLimits).sort());
    expect(Object.values(limits).sort((a, b) => a - b)).toEqual(Object.keys(usualLimits).map((_, at) => at + 1));
  });

  it('are the usual ones where nothing is said', () => {
    const empty = Object.fromEntries(Object.keys(limitVariables).map((name) => [name, '']));
    expect(limitsIn(readServiceConfig(needed))).toEqual({});
    expect(limitsIn(readServiceConfig({ ...needed, ...empty }))).toEqual({});
  });

  it.each(['0', '-1', '1.5', 'many'])('stop the start where one is %s', (value) => {
    expect(() => readServiceConfig({ ...needed, GINNEL_LIMIT_JOBS: value })).toThrow('GINNEL_LIMIT_JOBS');
  });
});
