import { distanceKm } from './distance.js';

describe('distance between two places', () => {
  it('is zero from a place to itself', () => {
    expect(distanceKm({ latitude: 53.9, longitude: -1.9 }, { latitude: 53.9, longitude: -1.9 })).toBe(0);
  });

  it('is one sixtieth of a degree of latitude per nautical mile', () => {
    expect(distanceKm({ latitude: 53, longitude: 0 }, { latitude: 54, longitude: 0 })).toBeCloseTo(111.195, 2);
  });

  it('is half the circumference between antipodes', () => {
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(20015.11, 1);
  });
});
