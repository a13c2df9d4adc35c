import { parseDateTime } from './date-time.js';

describe('a date or dateTime', () => {
  it.each([
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z'],
    ['2016-12-31T23:59:60.5Z', '2016-12-31T23:59:59.500Z'],
    ['2017-01-01T00:59:60+01:00', '2016-12-31T23:59:59.000Z'],
    ['2016-12-31T18:59:60-05:00', '2016-12-31T23:59:59.000Z'],
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11', '2026-11-01T00:00:00.000Z'],
  ])('%s is the moment %s', (value, moment) => {
    expect(new Date(parseDateTime(value)).toISOString()).toBe(moment);
  });
});
