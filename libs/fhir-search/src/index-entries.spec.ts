import type { FhirResource } from 'fhir/r4';
import { areThereExamples, examples } from '../test/examples.js';
import { day, valuesOf } from '../test/values-of.js';
import { indexEntriesOf } from './index-entries.js';
import { ownKind } from './extraction-plan.js';
import { longestKey } from './normalise.js';
import { indexedParametersOf, searchableTypes } from './parameters.js';

describe('the index of a Task', () => {
  it('holds each parameter that the resource says something about, and no other', () => {
    const values = valuesOf({
      resourceType: 'Task',
      id: '1',
      status: 'requested',
      intent: 'order',
      authoredOn: '2026-03-14',
      identifier: [{ system: 'https://example.org/ubrn', value: '000000070000' }, { value: 'bare' }],
      businessStatus: {
        coding: [{ system: 'https://example.org/s', code: 'waitlisted' }, { code: 'w' }],
        text: 'Waiting',
      },
      for: { reference: 'Patient/p1/_history/3' },
      focus: { reference: 'ServiceRequest/s1' },
      partOf: [{ reference: 'Task/0' }, { reference: 'https://other.example/fhir/Task/9/_history/2' }],
      meta: { profile: ['https://example.org/Task|1.0'], tag: [{ system: 'https://example.org/t', code: 'sandbox' }] },
    });
    expect(values).toEqual({
      status: [{ type: 'token', system: 'http://hl7.org/fhir/task-status', value: 'requested' }],
      intent: [{ type: 'token', value: 'order' }],
      'authored-on': [day('2026-03-14')],
      identifier: [
        { type: 'token', system: 'https://example.org/ubrn', value: '000000070000' },
        { type: 'token', value: 'bare' },
      ],
      'business-status': [
        { type: 'token', system: 'https://example.org/s', value: 'waitlisted' },
        { type: 'token', value: 'w' },
        { type: 'text', value: 'waiting' },
      ],
      patient: [{ type: 'reference', value: 'Patient/p1' }],
      subject: [{ type: 'reference', value: 'Patient/p1' }],
      focus: [{ type: 'reference', value: 'ServiceRequest/s1' }],
      'part-of': [
        { type: 'reference', value: 'Task/0' },
        { type: 'reference', value: 'https://other.example/fhir/Task/9' },
      ],
      _profile: [
        { type: 'uri', value: 'https://example.org/Task|1.0' },
        { type: 'uri', value: 'https://example.org/Task' },
      ],
      _tag: [{ type: 'token', system: 'https://example.org/t', value: 'sandbox' }],
    });
  });

  it('leaves references out that point to nothing lasting', () => {
    const values = valuesOf({
      resourceType: 'Task',
      status: 'draft',
      intent: 'order',
      focus: { reference: 'urn:uuid:3fdc72f4-a11d-4a9d-9260-a9f745779e1d' },
      requester: { reference: '#contained' },
      owner: { display: 'Somebody' },
    });
    expect(Object.keys(values).sort()).toEqual(['intent', 'status']);
  });

  it("holds a reference's identifier as a token beside it", () => {
    const identifier = { system: 'https://example.org/ods', value: 'A1' };
    const values = valuesOf({
      resourceType: 'Task',
      status: 'draft',
      intent: 'order',
      owner: { reference: 'Organization/o1', identifier },
      requester: { identifier },
    });
    const token = { type: 'token', ...identifier };
    expect(values.owner).toEqual([{ type: 'reference', value: 'Organization/o1' }, token]);
    expect(values.requester).toEqual([token]);
  });
});

describe('a parameter for one type of target', () => {
  const appointment = (actor: object): FhirResource => ({
    resourceType: 'Appointment',
    status: 'booked',
    participant: [{ status: 'accepted', actor }],
  });

  it('leaves out references to others', () => {
    const values = valuesOf(appointment({ reference: 'Practitioner/1', identifier: { value: 'x' } }));
    expect(Object.keys(values).sort()).toEqual(['actor', 'part-status', 'practitioner', 'status']);
  });

  it('takes the type of a logical reference at its word', () => {
    const values = valuesOf(appointment({ type: 'Location', identifier: { value: 'x' } }));
    expect(values.location).toEqual([{ type: 'token', value: 'x' }]);
    expect(values.patient).toBeUndefined();
  });

  it('takes a logical reference without a type too', () => {
    expect(valuesOf(appointment({ identifier: { value: 'x' } })).patient).toEqual([{ type: 'token', value: 'x' }]);
  });

  it('knows the type in an absolute URL', () => {
    const reference = 'https://other.example/fhir/Patient/1';
    expect(valuesOf(appointment({ reference })).patient).toEqual([{ type: 'reference', value: reference }]);
  });
});

describe('the index of a Patient', () => {
  it('holds every part of a name, as normalised and as sent', () => {
    const values = valuesOf({
      resourceType: 'Patient',
      name: [{ family: 'Exämple', given: ['Ann', 'Ann'], text: 'Ann Exämple' }],
    });
    expect(values.name).toEqual([
      { type: 'string', value: 'ann example', exact: 'Ann Exämple' },
      { type: 'string', value: 'example', exact: 'Exämple' },
      { type: 'string', value: 'ann', exact: 'Ann' },
    ]);
    expect(values.family).toEqual([{ type: 'string', value: 'example', exact: 'Exämple' }]);
  });

  it('keeps e-mail and telephone apart', () => {
    const values = valuesOf({
      resourceType: 'Patient',
      telecom: [
        { system: 'phone', value: '01274 000000' },
        { system: 'email', value: 'a@example.org' },
      ],
    });
    expect(values.email).toEqual([{ type: 'token', value: 'a@example.org' }]);
    expect(values.phone).toEqual([{ type: 'token', value: '01274 000000' }]);
    expect(values.telecom).toHaveLength(2);
  });

  it.each<[object, string]>([
    [{ deceasedDateTime: '2026-01-01' }, 'true'],
    [{ deceasedBoolean: true }, 'true'],
    [{ deceasedBoolean: false }, 'false'],
    [{}, 'false'],
  ])('with %j says deceased is %s', (said, expected) => {
    expect(valuesOf({ resourceType: 'Patient', ...said }).deceased).toEqual([{ type: 'token', value: expected }]);
  });

  it('holds a long text by its beginning and an over-long identifier by a digest', () => {
    const values = valuesOf({
      resourceType: 'Patient',
      name: [{ family: 'x'.repeat(10_000) }],
      identifier: [{ system: `https://example.org/${'s'.repeat(10_000)}`, value: '9'.repeat(10_000) }],
    });
    const lengths = JSON.stringify(values).match(/[^"]{257,}/g);
    expect(lengths).toBeNull();
    expect(values.family?.[0]).toMatchObject({ value: 'x'.repeat(longestKey) });
  });
});

describe('dates of every shape', () => {
  it('take the outer limits of a Timing', () => {
    const values = valuesOf({
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: {},
      occurrenceTiming: { event: ['2026-03-03', '2026-03-01'], repeat: { boundsPeriod: { end: '2026-03-09' } } },
    });
    expect(values.occurrence).toEqual([
      { type: 'date', low: new Date('0001-01-01T00:00:00.000Z'), high: new Date('2026-03-10T00:00:00.000Z') },
    ]);
  });

  it('leave a value out that is no date', () => {
    const values = valuesOf({ resourceType: 'Task', status: 'draft', intent: 'order', authoredOn: 'yesterday' });
    expect(values['authored-on']).toBeUndefined();
  });
});

describe('quantities', () => {
  const observation = (valueQuantity: object): FhirResource => ({
    resourceType: 'Observation',
    status: 'final',
    code: {},
    valueQuantity,
  });

  it('hold the code, and the unit where it is written otherwise', () => {
    const values = valuesOf(observation({ value: 5.4, unit: 'metre', system: 'http://unitsofmeasure.org', code: 'm' }));
    expect(values['value-quantity']).toEqual([
      { type: 'number', low: 5.4, high: 5.4, system: 'http://unitsofmeasure.org', unit: 'm' },
      { type: 'number', low: 5.4, high: 5.4, unit: 'metre' },
    ]);
  });

  it('are open where a comparator says so', () => {
    const values = valuesOf(observation({ value: 3, comparator: '<', unit: 'd' }));
    expect(values['value-quantity']).toEqual([{ type: 'number', low: -Number.MAX_VALUE, high: 3, unit: 'd' }]);
  });

  it('take the limits of a Range', () => {
    const values = valuesOf({
      resourceType: 'Condition',
      subject: {},
      onsetRange: { low: { value: 30, unit: 'a' }, high: { value: 40, unit: 'a' } },
    });
    expect(values['onset-age']).toEqual([{ type: 'number', low: 30, high: 40, unit: 'a' }]);
  });
});

describe('the index of anything', () => {
  it('is empty for a type that is not served', () => {
    expect(indexEntriesOf({ resourceType: 'Parameters' })).toEqual([]);
    expect(indexEntriesOf({ resourceType: 'constructor' } as unknown as FhirResource)).toEqual([]);
  });

  it('is made without fault of elements that have the wrong type', () => {
    const wrong = [
      null,
      1,
      'x',
      true,
      [],
      {},
      [[null]],
      [{ coding: 1, reference: {}, start: [], value: null, system: 7 }],
    ];
    for (const type of searchableTypes()) {
      const names = indexedParametersOf(type).flatMap(({ elements = [] }) =>
        elements.map(({ path }) => path[0]?.name ?? ''),
      );
      for (const value of wrong) {
        const elements = Object.fromEntries([...names, 'deceasedBoolean'].map((name) => [name, value]));
        expect(() => indexEntriesOf({ ...elements, resourceType: type } as FhirResource)).not.toThrow();
      }
    }
  });

  it('has at most one value, and one token more for a reference, where the store keeps a column', () => {
    for (const resource of examples()) expect(columnsWithTwo(resource)).toEqual([]);
  });
});

describe('published examples', () => {
  const title = areThereExamples
    ? 'of every type served are indexed, most of them under several parameters'
    : 'are absent here: nothing to index';
  it(title, () => {
    const resources = examples();
    const sizes = resources.map((resource) => indexEntriesOf(resource).length);
    // A few contained resources say nothing but an id and a photograph.
    expect(sizes.filter((size) => size === 0).length).toBeLessThanOrEqual(sizes.length / 100);
    expect(resources.length > 500).toBe(areThereExamples);
  });
});

function columnsWithTwo(resource: FhirResource): string[] {
  return indexEntriesOf(resource)
    .filter(({ parameter, values }) => {
      const own = values.filter(({ type }) => type === ownKind(parameter.type));
      return parameter.single && own.length > 1;
    })
    .map(({ parameter }) => `${resource.resourceType}.${parameter.code}`);
}
