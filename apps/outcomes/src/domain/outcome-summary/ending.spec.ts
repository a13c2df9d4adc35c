import { task } from '../../../test/summary-builders.js';
import { businessStatusSystem, endingOf, outcomeConcept } from './ending.js';

function ended(status: 'failed' | 'cancelled' | 'rejected' | 'completed', code?: string) {
  return task('t', {
    status,
    ...(code && { businessStatus: { coding: [{ system: businessStatusSystem, code }] } }),
  });
}

describe('how a referral ended', () => {
  it('is said by the referral itself, or by the part that ended last', () => {
    expect(endingOf(ended('completed', 'partly-completed'), [])?.words).toMatch(/^Partly completed/);
    const parts = [
      { ...ended('rejected', 'rejected'), lastModified: '2026-01-01T10:00:00Z' },
      { ...ended('failed', 'unable-to-contact'), lastModified: '2026-01-05T10:00:00Z' },
    ];
    expect(endingOf(ended('failed'), parts)?.words).toBe('Ended: the person could not be reached');
  });

  it('is not known while it goes on, and said as it is where no more was recorded', () => {
    expect(endingOf(task('t', { status: 'in-progress' }), [])).toBeUndefined();
    expect(endingOf(ended('cancelled'), [])).toEqual({ code: 'cancelled', words: 'Ended: cancelled' });
  });

  it.each([
    ['completed', '30006'],
    ['unable-to-contact', '30012'],
    ['rejected', '30017'],
    ['patient-declined', undefined],
  ])('%s has the UK code %s', (code, itk) => {
    const { coding = [] } = outcomeConcept(endingOf(ended(code === 'completed' ? 'completed' : 'failed', code), []));
    expect(coding.map((one) => one.code)).toEqual(itk === undefined ? [code] : [itk, code]);
  });

  it('while it goes on is open', () => {
    expect(outcomeConcept(undefined).coding?.[0]?.code).toBe('30005');
  });
});
