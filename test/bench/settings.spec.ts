import { readBenchSettings } from './settings.js';

const long = {
  connections: 32,
  rounds: 5,
  seconds: 1.5,
  rows: 10_000,
  large: 1_000_000,
  only: ['create', 'race', 'overload', 'read', 'search', 'size', 'validate', 'effect', 'message', 'webhook'],
  quick: false,
  json: false,
  out: '.ginnel/bench/bench.json',
};

describe('the settings of the bench', () => {
  it('measures everything for long unless told', () => {
    expect(readBenchSettings([])).toEqual(long);
  });

  it('is short when asked to be quick', () => {
    expect(readBenchSettings(['--quick'])).toEqual({
      ...long,
      quick: true,
      rounds: 2,
      seconds: 0.5,
      rows: 1000,
      large: 100_000,
    });
  });

  it('keeps what is told beside --quick', () => {
    expect(readBenchSettings(['--quick', '--rounds', '7', '--seconds', '0.7'])).toEqual({
      ...long,
      quick: true,
      rounds: 7,
      seconds: 0.7,
      rows: 1000,
      large: 100_000,
    });
  });

  it('measures only some rows, in their own order and once each', () => {
    expect(readBenchSettings(['--only', 'read, create,read']).only).toEqual(['create', 'read']);
  });

  it('takes a file, JSON and a folder for a profile', () => {
    expect(readBenchSettings(['--out', 'a.json', '--json', '--profile', 'here'])).toEqual({
      ...long,
      json: true,
      out: 'a.json',
      profile: 'here',
    });
  });

  it.each([
    [
      ['--only', 'create,delete'],
      '--only takes some of create, race, overload, read, search, size, validate, effect, message, webhook.',
    ],
    [
      ['--only', ''],
      '--only takes some of create, race, overload, read, search, size, validate, effect, message, webhook.',
    ],
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 100.'],
    [['--rounds', '1.5'], '--rounds takes a whole number from 1 to 100.'],
    [['--connections', 'many'], '--connections takes a whole number from 1 to 256.'],
    [['--rows', '3000000'], '--rows takes a whole number from 1 to 2000000.'],
    [['--seconds', '0'], '--seconds takes a number from 0.2 to 60.'],
    [['--seconds', 'NaN'], '--seconds takes a number from 0.2 to 60.'],
  ])('refuses %j', (args, message) => {
    expect(() => readBenchSettings(args)).toThrow(message);
  });

  it('refuses an option that it does not know', () => {
    expect(() => readBenchSettings(['--fast'])).toThrow("Unknown option '--fast'");
  });
});
