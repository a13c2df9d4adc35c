import type { HealthcareService, Location } from 'fhir/r4';
import { type Activity, findActivities } from './activity-search.js';
import { placeOf } from './postcode.js';

const snomed = 'http://snomed.info/sct';
const here = { latitude: 53.868, longitude: -1.906 };

describe('finding an activity', () => {
  const walks = activity({ id: 'walks', name: 'Walks with food', code: '82423001', at: [53.9, -1.906] });
  const yoga = activity({ id: 'yoga', name: 'Chair yoga', code: '279039007', at: [53.87, -1.906] });
  const calls = activity({ id: 'calls', name: 'Wellbeing calls', code: '82423001' });
  const closed = activity({ id: 'closed', name: 'Closed walks', code: '82423001', active: false });
  const all = [walks, yoga, calls, closed];

  it('finds by the beginnings of words, whatever their case and order', () => {
    expect(ids({ text: 'FOOD walk' })).toEqual(['walks']);
  });

  it('finds by condition, with or without its system', () => {
    expect(ids({ condition: { code: '82423001' } })).toEqual(['walks', 'calls']);
    expect(ids({ condition: { system: snomed, code: '279039007' } })).toEqual(['yoga']);
    expect(ids({ condition: { system: 'urn:other', code: '279039007' } })).toEqual([]);
  });

  it('puts the nearest first and what needs no place last', () => {
    const found = findActivities(all, { near: { place: here } });
    expect(found.map(({ service, distanceKm }) => [service.id, distanceKm?.toFixed(2)])).toEqual([
      ['yoga', '0.22'],
      ['walks', '3.56'],
      ['calls', undefined],
    ]);
  });

  it('leaves out what is too far away', () => {
    expect(ids({ near: { place: here, withinKm: 1 } })).toEqual(['yoga', 'calls']);
  });

  it('never offers an activity that is not active', () => {
    expect(ids({ text: 'closed' })).toEqual([]);
  });

  function ids(wish: Parameters<typeof findActivities>[1]) {
    return findActivities(all, wish).map(({ service }) => service.id);
  }
});

describe('the place of a postcode', () => {
  const postcodes = new Map([
    ['BD21', here],
    ['BD21 1AA', { latitude: 53.867, longitude: -1.908 }],
  ]);

  it('is exact where the whole postcode is known, however it is spelt', () => {
    expect(placeOf('bd211aa', postcodes)).toEqual({ latitude: 53.867, longitude: -1.908 });
  });

  it('is rough where only the outward part is known', () => {
    expect(placeOf('BD21 9ZZ', postcodes)).toEqual(here);
  });

  it('is unknown otherwise', () => {
    expect([placeOf('ZE1 0AA', postcodes), placeOf('not a postcode', postcodes), placeOf('', postcodes)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

function activity(of: { id: string; name: string; code: string; at?: [number, number]; active?: boolean }): Activity {
  const service: HealthcareService = {
    resourceType: 'HealthcareService',
    id: of.id,
    name: of.name,
    eligibility: [{ code: { coding: [{ system: snomed, code: of.code }] } }],
    ...(of.active === undefined ? {} : { active: of.active }),
  };
  const [latitude, longitude] = of.at ?? [];
  const located =
    latitude === undefined || longitude === undefined
      ? []
      : [{ resourceType: 'Location', position: { latitude, longitude } }];
  return { service, locations: located as Location[] };
}
