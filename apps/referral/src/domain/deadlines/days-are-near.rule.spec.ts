import { contactDueExtension, replyByExtension, waitlistReviewExtension } from '../codes.js';
import { daysAreNear } from './days-are-near.rule.js';

describe('a day that is said', () => {
  const now = new Date('2026-11-22T10:00:00Z');
  const on = (url: string, valueDate: string) => ({ extension: [{ url, valueDate }] });
  const faults = (before: object, after: object) =>
    daysAreNear([before, after], { now, element: 'Task.extension' }).map(({ code, expression }) => [code, expression]);

  it.each([contactDueExtension, replyByExtension, waitlistReviewExtension])(
    'is at most five years ahead: %s',
    (url) => {
      expect(faults({}, on(url, '9999-12-31'))).toEqual([['value', ['Task.extension']]]);
      expect(faults({}, on(url, '2031-11-23'))).toHaveLength(1);
      expect([faults({}, on(url, '2031-11-22')), faults({}, on(url, '2031'))]).toEqual([[], []]);
    },
  );

  it('is not judged again where it stands already', () => {
    const stands = on(contactDueExtension, '2099-01-01');
    expect([faults(stands, stands), faults(stands, {})]).toEqual([[], []]);
    expect(faults(stands, on(contactDueExtension, '2099-01-02'))).toHaveLength(1);
  });
});
