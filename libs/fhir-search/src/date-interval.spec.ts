import { approximately, dateInterval, periodInterval } from './date-interval.js';

describe('the interval of a date', () => {
  it.each([
    ['2026', '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2026-02', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
    ['2026-12', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2026-03-14T09:30', '2026-03-14T09:30:00.000Z', '2026-03-14T09:31:00.000Z'],
    ['2026-03-14T09:30Z', '2026-03-14T09:30:00.000Z', '2026-03-14T09:31:00.000Z'],
    ['2026-03-14T09:30:15Z', '2026-03-14T09:30:15.000Z', '2026-03-14T09:30:16.000Z'],
    ['2026-03-14T09:30:15.1Z', '2026-03-14T09:30:15.100Z', '2026-03-14T09:30:15.200Z'],
    ['2026-03-14T09:30:15.123Z', '2026-03-14T09:30:15.123Z', '2026-03-14T09:30:15.124Z'],
    ['2026-03-14T09:30:15.123456Z', '2026-03-14T09:30:15.123Z', '2026-03-14T09:30:15.124Z'],
    ['2026-07-01T00:30:00+01:00', '2026-06-30T23:30:00.000Z', '2026-06-30T23:30:01.000Z'],
    ['2026-07-01T23:30:00-05:30', '2026-07-02T05:00:00.000Z', '2026-07-02T05:00:01.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z', '2017-01-01T00:00:01.000Z'],
    ['0001', '0001-01-01T00:00:00.000Z', '0002-01-01T00:00:00.000Z'],
    ['9999', '9999-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.998Z', '9999-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00+14:00', '0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.001Z'],
  ])('of %s begins at %s and ends before %s', (text, low, high) => {
    expect(dateInterval(text)).toEqual({ low: new Date(low), high: new Date(high) });
  });

  it.each([
    '',
    '26',
    '0000',
    '2026-13',
    '2026-00',
    '2026-02-29',
    '2026-04-31',
    '2026-3-1',
    '2026-03-14T',
    '2026-03-14T09',
    '2026-03-14T24:00:00Z',
    '2026-03-14T09:60:00Z',
    '2026-03-14T09:30:61Z',
    '2026-03-14T09:30:00+15:00',
    '2026-03-14T09:30:00 01:00',
    '2026-03-14Z',
    '14/03/2026',
    'today',
    ' 2026',
    '2026-03-14T09:30:00.Z',
  ])('of %j is unknown: that is no date', (text) => {
    expect(dateInterval(text)).toBeUndefined();
  });
});

describe('the interval of a Period', () => {
  it('reaches from the start of its first to the end of its last day', () => {
    expect(periodInterval({ start: '2026-03-01', end: '2026-03' })).toEqual({
      low: new Date('2026-03-01T00:00:00.000Z'),
      high: new Date('2026-04-01T00:00:00.000Z'),
    });
  });

  it('is open where an end is absent', () => {
    expect(periodInterval({ start: '2026-03-01' })?.high).toEqual(new Date('9999-12-31T23:59:59.999Z'));
    expect(periodInterval({ end: '2026-03-01' })?.low).toEqual(new Date('0001-01-01T00:00:00.000Z'));
  });

  it('is unknown where nothing is said', () => {
    expect(periodInterval({})).toBeUndefined();
  });
});

describe('about a date', () => {
  it('widens a month by its own length', () => {
    expect(approximately({ low: new Date('2026-03-01'), high: new Date('2026-04-01') })).toEqual({
      low: new Date('2026-01-29'),
      high: new Date('2026-05-02'),
    });
  });

  it('widens a moment by a day', () => {
    expect(approximately({ low: new Date('2026-03-01T10:00Z'), high: new Date('2026-03-01T10:01Z') })).toEqual({
      low: new Date('2026-02-28T10:00Z'),
      high: new Date('2026-03-02T10:01Z'),
    });
  });
});
