import type { ServiceRequest } from 'fhir/r4';
import { needOf } from './judge-activity.js';

const wish: ServiceRequest = { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject: {} };

describe('what a referral needs of an activity', () => {
  it.each<[string, Partial<ServiceRequest>, string | undefined]>([
    ['nothing', {}, undefined],
    ['a period', { occurrencePeriod: { start: '2026-12-01', end: '2027-02' } }, '2027-02-28'],
    ['a day', { occurrenceDateTime: '2027-01-11' }, '2027-01-11'],
    ['a moment', { occurrenceDateTime: '2027-06-30T23:30:00Z' }, '2027-07-01'],
    [
      'a timing with bounds',
      { occurrenceTiming: { repeat: { boundsPeriod: { end: '2027-03-31' } }, event: ['2027-01-01'] } },
      '2027-03-31',
    ],
    ['a timing of events', { occurrenceTiming: { event: ['2027-02-02', '2027-01-01'] } }, '2027-02-02'],
  ])('lasts as long as its occurrence, of %s', (_, occurrence, until) => {
    expect(needOf({ ...wish, ...occurrence }, new Date('2026-11-23T09:00:00Z')).until).toBe(until);
  });

  it('is of the day that it is in England', () => {
    expect(needOf(wish, new Date('2027-06-30T23:30:00Z')).today).toBe('2027-07-01');
  });
});
