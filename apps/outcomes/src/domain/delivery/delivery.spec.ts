import type { DocumentReference } from 'fhir/r4';
import { task } from '../../../test/summary-builders.js';
import { acknowledged, acknowledgementOf, awaitedUntil, chased } from './acknowledgement.js';
import { channelsTo } from './summary-delivery.js';

const returnAddress = 'https://ginnel.org.uk/fhir/StructureDefinition/return-address';

describe('the ways to a practice', () => {
  it.each([
    [false, false, ['pull', 'notification']],
    [true, false, ['pull', 'notification']],
    [false, true, ['pull', 'notification']],
    [true, true, ['pull', 'notification', 'message']],
  ])('where it came as a message: %s, and it wants them: %s, are %j', (cameAsMessage, wantsThem, channels) => {
    const extension = cameAsMessage ? [{ url: returnAddress, valueUrl: 'https://sender.example/' }] : [];
    const found = channelsTo({ referral: task('t0', { extension }), wantsThem });
    expect(found.map(({ valueCode }) => valueCode)).toEqual(channels);
  });
});

describe('an acknowledgement', () => {
  const due = new Date('2026-12-06T10:00:00Z');
  const awaited: DocumentReference = {
    resourceType: 'DocumentReference',
    status: 'current',
    content: [],
    extension: [...awaitedUntil(due), { url: 'https://example.org/other', valueCode: 'kept' }],
  };

  it('is awaited, then chased, then said after all; what else the document says stays', () => {
    const said = acknowledged(chased(awaited), { by: 'Reception', at: due, text: 'Received.' });
    expect([awaited, chased(awaited), said].map(acknowledgementOf)).toEqual(['awaited', 'chased', 'acknowledged']);
    expect(said.extension?.map(({ valueCode }) => valueCode)).toContain('kept');
    expect(said.extension?.flatMap(({ valueAnnotation }) => valueAnnotation ?? [])).toEqual([
      { authorString: 'Reception', time: '2026-12-06T10:00:00.000Z', text: 'Received.' },
    ]);
  });

  it('is not there where nobody waits for it', () => {
    expect(acknowledgementOf({ resourceType: 'DocumentReference', status: 'current', content: [] })).toBeUndefined();
  });
});
