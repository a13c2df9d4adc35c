import { observationId } from './observation-id.js';

const fhirId = /^[A-Za-z0-9\-.]{1,64}$/;

it('names response and item, the same at each delivery', () => {
  expect(observationId('4f0c', 'pain-day')).toBe('4f0c.pain-day');
  expect(observationId('4f0c', 'pain-day')).toBe(observationId('4f0c', 'pain-day'));
});

it('is a digest where the two do not fit into a FHIR id', () => {
  const ids = [
    observationId('a'.repeat(64), 'pain-day'),
    observationId('a'.repeat(64), 'pain-night'),
    observationId('r1', '/12345/67.8'),
    observationId('r1', 'ein Schlüssel'),
    observationId('r1', 'x'.repeat(400)),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !fhirId.test(id))).toEqual([]);
});

it('is shared by no two responses, whatever their ids and linkIds', () => {
  const pairs = [
    ['a', 'b-c'],
    ['a-b', 'c'],
    ['a.b', 'c'],
    ['a', 'b.c'],
    ['a.b.c', 'd'],
    ['a.b', 'c.d'],
  ] as const;
  expect(new Set(pairs.map(([response, linkId]) => observationId(response, linkId))).size).toBe(pairs.length);
});
