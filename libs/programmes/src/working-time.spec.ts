import { endOf, deadlinesOf, usualDeadlines } from './deadlines.js';
import { startOfEnglishDay, WorkingTime } from './working-time.js';

describe('working time in England', () => {
  const time = new WorkingTime();
  const after = (from: string, days: number) => time.add(new Date(from), days).toISOString();

  it('leaves out weekends and bank holidays', () => {
    expect([
      after('2026-11-20T17:00:00Z', 2),
      after('2026-11-21T10:00:00Z', 1),
      after('2026-04-02T09:00:00Z', 1),
      after('2026-12-24T09:00:00Z', 2),
    ]).toEqual([
      '2026-11-24T17:00:00.000Z',
      '2026-11-24T00:00:00.000Z',
      '2026-04-07T09:00:00.000Z',
      '2026-12-30T09:00:00.000Z',
    ]);
  });

  it('keeps the clock of a day when the clocks change between', () => {
    // 09:00 in London on both days.
    expect(after('2026-10-23T08:00:00Z', 1)).toBe('2026-10-26T09:00:00.000Z');
    expect(after('2026-03-27T09:00:00Z', 1)).toBe('2026-03-30T08:00:00.000Z');
    expect([startOfEnglishDay('2026-07-01'), startOfEnglishDay('2026-12-01')].map((day) => day.toISOString())).toEqual([
      '2026-06-30T23:00:00.000Z',
      '2026-12-01T00:00:00.000Z',
    ]);
  });

  it('counts between two moments what it adds', () => {
    const from = new Date('2026-12-23T15:30:00Z');
    for (const days of [0.5, 1, 2.5, 7, 30]) expect(time.between(from, time.add(from, days))).toBeCloseTo(days, 9);
    expect(time.between(new Date('2026-12-26T00:00:00Z'), new Date('2026-12-28T12:00:00Z'))).toBe(0);
    expect(time.between(new Date('2026-12-30T00:00:00Z'), from)).toBe(0);
  });

  it('has half of every span for what is urgent', () => {
    const from = new Date('2026-11-23T09:00:00Z');
    const ends = [false, true].map((urgent) => endOf(usualDeadlines.decide, { from, urgent, time }).toISOString());
    expect(ends).toEqual(['2026-11-30T09:00:00.000Z', '2026-11-25T21:00:00.000Z']);
    expect(endOf({ weeks: 4 }, { from, urgent: true, time }).toISOString()).toBe('2026-12-07T09:00:00.000Z');
  });

  it('takes what a programme says in place of what is usual', () => {
    expect(deadlinesOf({ decide: { workingDays: 3 } })).toEqual({ ...usualDeadlines, decide: { workingDays: 3 } });
  });
});
