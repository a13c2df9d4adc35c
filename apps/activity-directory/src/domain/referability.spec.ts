import type { HealthcareService } from 'fhir/r4';
import { alternativesTo } from './alternatives.js';
import { capacityDiffers, isFull, placesLeft, withCount } from './capacity.js';
import { lastDayOf, referability } from './referability.js';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
const need = { useCases: [], today: '2026-11-22' };

describe('referability', () => {
  it('takes an activity that says nothing of itself', () => {
    expect(referability(activity(), need)).toEqual({ outcome: 'open', reasons: [] });
  });

  it.each([
    ['2026-11-21', 'refused'],
    ['2026-11-22', 'open'],
    ['2026-11', 'open'],
    ['2026-10', 'refused'],
  ])('holds a last day of %s to its end', (end, outcome) => {
    const runs = { url: `${base}/runs`, valuePeriod: { end } };
    expect(referability(activity([runs]), need).outcome).toBe(outcome);
  });

  it('goes on to the last day of a month or year until which the referral wants it', () => {
    const runs = activity([{ url: `${base}/runs`, valuePeriod: { end: '2026-12-15' } }]);
    const outcomes = ['2026-12-15', '2026-12', '2026'].map((until) => referability(runs, { ...need, until }).outcome);
    expect(outcomes).toEqual(['open', 'refused', 'refused']);
  });

  it('asks for money until the referral needs it, and never for less than today', () => {
    const funded = activity([{ url: `${base}/funded-until`, valueDate: '2026-12-31' }]);
    const outcomes = ['2026-01-01', '2026-12-31', '2027-01-01'].map(
      (until) => referability(funded, { ...need, until }).outcome,
    );
    expect(outcomes).toEqual(['open', 'open', 'refused']);
  });

  it('knows a use case however its system is spelt, and takes all where none is named', () => {
    const valueCoding = { system: 'https://fhir.nhs.uk/CodeSystem/usecases-categories-bars', code: 'a5t1' };
    const picky = activity([{ url: `${base}/accepts-use-case`, valueCoding }]);
    const useCases = [
      { system: 'http://fhir.nhs.uk/Codesystem/usecases-categories-bars', code: 'a5t1' },
      { system: valueCoding.system, code: 'a4t1' },
    ];
    const outcomes = useCases.map((one) => referability(picky, { ...need, useCases: [one] }).outcome);
    expect([...outcomes, referability(picky, need).outcome]).toEqual(['open', 'refused', 'open']);
  });
});

describe('capacity', () => {
  it('is counted where there are places, and said where there are none', () => {
    const counting = withCount(activity([{ url: `${base}/places`, valuePositiveInt: 2 }]), 3);
    const saying = activity([{ url: `${base}/capacity-status`, valueCode: 'no-capacity' }]);
    expect([isFull(counting), placesLeft(counting), isFull(saying), placesLeft(saying)]).toEqual([
      true,
      0,
      true,
      undefined,
    ]);
  });

  it('shows no count where nothing is counted, whatever was sent', () => {
    const forged = activity([{ url: `${base}/places-taken`, valueUnsignedInt: 7 }]);
    expect(withCount(forged, 4)).toEqual(activity());
  });

  it('differs by what is taken, by the places and by the list', () => {
    const one = withCount(activity([{ url: `${base}/places`, valuePositiveInt: 2 }]), 1);
    const listed = {
      ...one,
      extension: [...(one.extension ?? []), { url: `${base}/waiting-list`, valueBoolean: true }],
    };
    expect([withCount(one, 1), withCount(one, 2), listed].map((other) => capacityDiffers(one, other))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

it('ends on the earlier of its last day and its last paid day', () => {
  const both = activity([
    { url: `${base}/runs`, valuePeriod: { end: '2027-03-31T12:00:00Z' } },
    { url: `${base}/funded-until`, valueDate: '2027-04-30' },
  ]);
  expect([lastDayOf(both), lastDayOf(activity())]).toEqual(['2027-03-31', undefined]);
  const partial = (end: string) =>
    activity([{ url: `${base}/runs`, valuePeriod: { end } }, ...(both.extension ?? []).slice(1)]);
  expect(['2027-04', '2027', '2027-02'].map((end) => lastDayOf(partial(end)))).toEqual([
    '2027-04-30',
    '2027-04-30',
    '2027-02-28',
  ]);
});

it('names at most five of a programme that can take somebody, the nearest first and those without a place last', () => {
  const at = (id: string, latitude?: number, more: HealthcareService['extension'] = []) => ({
    service: { ...activity(more), id, name: id, program: [{ coding: [{ system: 's', code: 'pottery' }] }] },
    locations:
      latitude === undefined ? [] : [{ resourceType: 'Location' as const, position: { latitude, longitude: -1.9 } }],
  });
  const full = { url: `${base}/capacity-status`, valueCode: 'no-capacity' };
  const other = { ...at('another-programme', 53.87), service: { ...at('x').service, program: [{ text: 'Walks' }] } };
  const all = [
    ...[at('asked', 53.87), at('by-phone'), at('far', 53.95), at('near', 53.88), at('full', 53.87, [full]), other],
    ...[at('too-far', 55), at('a', 53.871), at('b', 53.872), at('c', 53.873)],
  ];
  const [asked] = all;
  const found = asked ? alternativesTo(asked, all, need) : [];
  expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'near', 'far']);
  expect(found[3]).toEqual({ id: 'near', name: 'near', km: 1.1 });
});

function activity(extension: HealthcareService['extension'] = []): HealthcareService {
  return { resourceType: 'HealthcareService', ...(extension.length > 0 ? { extension } : {}) };
}
