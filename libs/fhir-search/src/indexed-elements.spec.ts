import type { FhirResource } from 'fhir/r4';
import { day, valuesOf } from '../test/values-of.js';
import { searchableTypes } from './parameters.js';
import type { IndexValue } from './search.js';

describe('texts, for :text', () => {
  it('are those of a concept, of its codings and of a type of identifier, each once', () => {
    const values = valuesOf({
      resourceType: 'Task',
      status: 'draft',
      intent: 'order',
      code: {
        coding: [
          { code: 'a', display: 'Weekly  WALK' },
          { code: 'b', display: 'weekly walk' },
        ],
        text: 'Wàlk',
      },
      identifier: [{ type: { text: 'Ticket' }, value: '1' }],
      meta: { tag: [{ code: 't', display: 'Tagged' }] },
    });
    expect(values.code).toEqual([
      { type: 'token', value: 'a' },
      { type: 'text', value: 'weekly walk' },
      { type: 'token', value: 'b' },
      { type: 'text', value: 'walk' },
    ]);
    expect(values.identifier).toEqual([
      { type: 'token', value: '1' },
      { type: 'text', value: 'ticket' },
    ]);
    expect(values._tag).toEqual([
      { type: 'token', value: 't' },
      { type: 'text', value: 'tagged' },
    ]);
  });
});

describe('identifiers with a type, for :of-type', () => {
  it('are indexed once for each code of the type', () => {
    const values = valuesOf({
      resourceType: 'Patient',
      identifier: [
        {
          type: { coding: [{ system: 'https://x.example/t', code: 'MR' }, { code: 'local' }, { display: 'none' }] },
          value: '7',
        },
        { type: { coding: [{ code: 'MR' }] }, system: 'https://x.example/of-nobody' },
      ],
    });
    expect(values.identifier).toEqual([
      { type: 'token', value: '7' },
      { type: 'typedIdentifier', system: 'https://x.example/t', code: 'MR', value: '7' },
      { type: 'typedIdentifier', code: 'local', value: '7' },
    ]);
  });
});

describe('composites', () => {
  const code = (value: string) => ({ coding: [{ system: 'https://x.example/c', code: value, display: value }] });
  const part = (value: string, quantity?: number) => ({
    code: code(value),
    ...(quantity === undefined ? {} : { valueQuantity: { value: quantity, unit: 'mm', code: 'mm' } }),
  });
  const found = (value: string, low: number): IndexValue => ({
    type: 'composite',
    parts: [
      [{ type: 'token', system: 'https://x.example/c', value }],
      [{ type: 'number', low, high: low, unit: 'mm' }],
    ],
  });
  const observation: FhirResource = {
    resourceType: 'Observation',
    status: 'final',
    ...part('whole', 1),
    component: [part('first', 2), part('second', 3), part('empty')],
  };

  it('keep the parts of one element together', () => {
    const values = valuesOf(observation);
    expect(values['code-value-quantity']).toEqual([found('whole', 1)]);
    expect(values['component-code-value-quantity']).toEqual([found('first', 2), found('second', 3)]);
    expect(values['combo-code-value-quantity']).toEqual([found('whole', 1), found('first', 2), found('second', 3)]);
    expect(values['code-value-string']).toBeUndefined();
  });

  it('say an element that is repeated once', () => {
    const values = valuesOf({ ...observation, component: [part('first', 2), part('first', 2)] });
    expect(values['component-code-value-quantity']).toEqual([found('first', 2)]);
  });

  it('take the type and the value of a context of use', () => {
    const values = valuesOf({
      resourceType: 'Questionnaire',
      status: 'active',
      useContext: [{ code: { code: 'age' }, valueRange: { low: { value: 18 } } }],
    });
    expect(values['context-type-quantity']).toEqual([
      {
        type: 'composite',
        parts: [[{ type: 'token', value: 'age' }], [{ type: 'number', low: 18, high: Number.MAX_VALUE }]],
      },
    ]);
    expect(values['context-type-value']).toBeUndefined();
  });

  it('take the relation of a document together with its target', () => {
    const values = valuesOf({
      resourceType: 'DocumentReference',
      status: 'current',
      content: [],
      relatesTo: [
        {
          code: 'replaces',
          target: { reference: 'DocumentReference/1', display: 'Older', identifier: { value: 'x' } },
        },
      ],
    });
    expect(values.relationship).toEqual([
      {
        type: 'composite',
        parts: [
          [{ type: 'token', system: 'http://hl7.org/fhir/document-relationship-type', value: 'replaces' }],
          [{ type: 'reference', value: 'DocumentReference/1' }],
        ],
      },
    ]);
  });
});

describe('a place', () => {
  const near = (position: object) => valuesOf({ resourceType: 'Location', position } as FhirResource).near;

  it('is indexed by its degrees', () => {
    expect(near({ latitude: 53.79, longitude: -1.75 })).toEqual([
      { type: 'position', latitude: 53.79, longitude: -1.75 },
    ]);
  });

  it.each([
    { latitude: 91, longitude: 0 },
    { latitude: 0, longitude: -180.1 },
    { latitude: '53', longitude: 1 },
    { latitude: 1 },
    {},
  ])('that is none is not: %j', (position) => {
    expect(near(position)).toBeUndefined();
  });
});

describe('what every type has', () => {
  it('is read from meta', () => {
    const meta = {
      source: 'https://x.example/from#1',
      profile: ['https://x.example/P|2'],
      security: [{ system: 'https://x.example/s', code: 'R' }],
      tag: [{ code: 't' }],
    };
    for (const resourceType of searchableTypes()) {
      const { _source, _profile, _security, _tag } = valuesOf({ resourceType, meta } as FhirResource);
      expect([_source, _profile, _security, _tag]).toEqual([
        [{ type: 'uri', value: 'https://x.example/from#1' }],
        [
          { type: 'uri', value: 'https://x.example/P|2' },
          { type: 'uri', value: 'https://x.example/P' },
        ],
        [{ type: 'token', system: 'https://x.example/s', value: 'R' }],
        [{ type: 'token', value: 't' }],
      ]);
    }
  });
});

describe('our own extensions', () => {
  it('are found by their url', () => {
    const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
    const values = valuesOf({
      resourceType: 'Task',
      status: 'accepted',
      intent: 'order',
      extension: [
        { url: `${base}/readiness`, valueCodeableConcept: { coding: [{ code: 'green' }] } },
        { url: `${base}/waitlist-review`, valueDate: '2026-03-14' },
        { url: `${base}/other`, valueCodeableConcept: { coding: [{ code: 'red' }] } },
      ],
    });
    expect([values.readiness, values['waitlist-review']]).toEqual([
      [{ type: 'token', value: 'green' }],
      [day('2026-03-14')],
    ]);
  });
});
