import type { FhirResource, Observation, Parameters, Patient, Task } from 'fhir/r4';
import { FhirError, parseJson, stringifyJson } from '#fhir';
import { patched, patchIn } from './patch.js';

const patient: Patient = {
  resourceType: 'Patient',
  id: '1',
  meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00Z' },
  active: true,
  name: [{ given: ['Ada', 'B'], family: 'L' }],
  telecom: [
    { system: 'phone', value: '1' },
    { system: 'email', value: '2' },
  ],
  birthDate: '1970-01-01',
};

function patchedBy(body: unknown, resource: FhirResource = patient): FhirResource {
  return patched(patchIn(body), resource);
}

function without(name: string, resource: FhirResource): object {
  return Object.fromEntries(Object.entries(resource).filter(([key]) => key !== name));
}

interface Refusal {
  status: number;
  code: string | undefined;
  said: string;
  expression: string[] | undefined;
}

function refusalOf(body: unknown, resource: FhirResource = patient): Refusal {
  try {
    patchedBy(body, resource);
  } catch (thrown) {
    if (!(thrown instanceof FhirError)) throw thrown;
    const [issue] = thrown.issues;
    return { status: thrown.status, code: issue?.code, said: issue?.diagnostics ?? '', expression: issue?.expression };
  }
  throw new Error('The patch was applied.');
}

describe('a JSON Patch', () => {
  it('adds, replaces, removes, moves, copies and tests, and leaves what it was given as it was', () => {
    const before = JSON.stringify(patient);
    const after = patchedBy([
      { op: 'test', path: '/name/0/given', value: ['Ada', 'B'] },
      { op: 'add', path: '/name/0/given/-', value: 'C' },
      { op: 'replace', path: '/birthDate', value: '1970-02' },
      { op: 'remove', path: '/active' },
      { op: 'move', from: '/telecom/0', path: '/telecom/1' },
      { op: 'copy', from: '/name/0', path: '/name/1' },
      { op: 'add', path: '/gender', value: 'female' },
    ]) as Patient;
    const name = { given: ['Ada', 'B', 'C'], family: 'L' };
    expect(after).toEqual({
      ...without('active', patient),
      birthDate: '1970-02',
      name: [name, name],
      telecom: [...(patient.telecom ?? [])].reverse(),
      gender: 'female',
    });
    expect(JSON.stringify(patient)).toBe(before);
  });

  it('takes a list away with its last item, and may fill it again', () => {
    const gone = patchedBy([{ op: 'remove', path: '/name/0' }]);
    expect(gone).not.toHaveProperty('name');
    const filled = patchedBy([
      { op: 'remove', path: '/name/0' },
      { op: 'add', path: '/name/-', value: { family: 'M' } },
    ]);
    expect(filled).toHaveProperty('name', [{ family: 'M' }]);
  });

  it('keeps the digits of every decimal, where it stands, moves, is copied or comes new', () => {
    const source =
      '{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50},' +
      '"component":[{"code":{"text":"a"},"valueQuantity":{"value":2.10}},{"code":{"text":"b"},"valueQuantity":{"value":3.00}}]}';
    const patch = parseJson(`[
      {"op":"test","path":"/valueQuantity/value","value":1.5},
      {"op":"replace","path":"/component/1/valueQuantity/value","value":4.0},
      {"op":"add","path":"/component/-","value":{"code":{"text":"c"},"valueQuantity":{"value":5.100}}},
      {"op":"copy","from":"/component/0","path":"/component/0"},
      {"op":"move","from":"/component/3","path":"/component/1"},
      {"op":"add","path":"/referenceRange","value":[{"low":{"value":0.10}}]},
      {"op":"move","from":"/referenceRange/0/low/value","path":"/component/2/valueQuantity/value"},
      {"op":"remove","path":"/referenceRange"}]`);
    const after = patchedBy(patch, parseJson(source) as Observation);
    expect(stringifyJson(after)).toBe(
      '{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50},' +
        '"component":[{"code":{"text":"a"},"valueQuantity":{"value":2.10}},{"code":{"text":"c"},"valueQuantity":{"value":5.100}},' +
        '{"code":{"text":"a"},"valueQuantity":{"value":0.10}},{"code":{"text":"b"},"valueQuantity":{"value":4.0}}]}',
    );
  });

  it.each<[string, unknown, number]>([
    ['one operation without a list', { op: 'remove', path: '/active' }, 400],
    ['no operation', [], 400],
    ['an operation that is no object', ['remove'], 400],
    ['an unknown operation', [{ op: 'delete', path: '/active' }], 400],
    ['a path that is no pointer', [{ op: 'remove', path: 'active' }], 400],
    ['a pointer with a wrong escape', [{ op: 'remove', path: '/a~2' }], 400],
    ['a path into the prototype', [{ op: 'add', path: '/__proto__/x', value: 1 }], 400],
    ['a copy without a source', [{ op: 'copy', path: '/active' }], 400],
    ['an add without a value', [{ op: 'add', path: '/active' }], 400],
    ['more operations than are taken', Array.from({ length: 1001 }, () => ({ op: 'test', path: '', value: {} })), 413],
  ])('that is none is refused: %s', (_title, body, status) => {
    expect(refusalOf(body).status).toBe(status);
  });

  it.each<[string, object]>([
    ['a test that fails', { op: 'test', path: '/active', value: false }],
    ['a test of what is not there', { op: 'test', path: '/deceasedBoolean', value: true }],
    ['what is not there', { op: 'remove', path: '/deceasedBoolean' }],
    ['an index beyond the list', { op: 'replace', path: '/name/3', value: {} }],
    ['an index that is no number', { op: 'add', path: '/name/first', value: {} }],
    ['an index with a leading zero', { op: 'remove', path: '/name/00' }],
    ['a holder that is not there', { op: 'add', path: '/contact/0/name', value: {} }],
    ['what an object inherits', { op: 'add', path: '/toString/x', value: 1 }],
    ['the whole resource', { op: 'replace', path: '', value: { resourceType: 'Patient' } }],
    ['a move into itself', { op: 'move', from: '/name/0', path: '/name/0/period' }],
    ['a copy of what is not there', { op: 'copy', from: '/photo/0', path: '/photo/1' }],
  ])('that cannot be done names its operation and changes nothing: %s', (_title, operation) => {
    const refusal = refusalOf([{ op: 'test', path: '/active', value: true }, operation]);
    expect(refusal).toMatchObject({ status: 422, expression: ['$[1]'] });
    expect(refusal.said).toContain('Operation 1 of the JSON Patch (counted from 0)');
  });

  it.each<[string, object, string]>([
    ['the type', { op: 'replace', path: '/resourceType', value: 'Group' }, 'Patient.resourceType'],
    ['the id', { op: 'replace', path: '/id', value: '2' }, 'Patient.id'],
    ['the version', { op: 'remove', path: '/meta/versionId' }, 'Patient.meta.versionId'],
    ['the time of the version', { op: 'add', path: '/meta/lastUpdated', value: '2020' }, 'Patient.meta.lastUpdated'],
  ])('may not change %s', (_title, operation, element) => {
    expect(refusalOf([operation])).toMatchObject({ status: 422, code: 'business-rule', expression: [element] });
  });

  it('cannot make a resource grow without bound by copying it into itself', () => {
    const wide = Array.from({ length: 60 }, () => ({ op: 'copy', from: '/name', path: '/name/0/period' }));
    expect(refusalOf(wide)).toMatchObject({ status: 422, said: expect.stringContaining('nests too deeply') as string });
    const long = Array.from({ length: 900 }, () => ({ op: 'copy', from: '/name', path: '/name/-' }));
    expect(refusalOf(long)).toMatchObject({ status: 422, said: expect.stringContaining('copies too much') as string });
  });
});

function operations(...sent: Record<string, unknown>[]): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: sent.map((operation) => ({
      name: 'operation',
      part: Object.entries(operation).map(([name, value]) => {
        if (name === 'type') return { name, valueCode: String(value) };
        if (typeof value === 'number') return { name, valueInteger: value };
        if (typeof value === 'string') return { name, valueString: value };
        return { name, ...(value as object) };
      }),
    })),
  };
}

describe('a FHIRPath Patch', () => {
  it('adds an element, at the end of a list or once', () => {
    const after = patchedBy(
      operations(
        { type: 'add', path: 'Patient', name: 'gender', value: { valueCode: 'female' } },
        { type: 'add', path: 'Patient', name: 'telecom', value: { valueContactPoint: { value: '3' } } },
        { type: 'add', path: 'Patient.name.first()', name: 'given', value: { valueString: 'C' } },
        { type: 'add', path: 'Patient', name: 'deceased', value: { valueBoolean: true } },
        {
          type: 'add',
          path: 'Patient',
          name: 'contact',
          value: {
            part: [
              { name: 'name', valueHumanName: { family: 'M' } },
              { name: 'gender', valueCode: 'male' },
            ],
          },
        },
      ),
    );
    expect(after).toEqual({
      ...patient,
      gender: 'female',
      telecom: [...(patient.telecom ?? []), { value: '3' }],
      name: [{ given: ['Ada', 'B', 'C'], family: 'L' }],
      deceasedBoolean: true,
      contact: [{ name: { family: 'M' }, gender: 'male' }],
    });
  });

  it('inserts, moves and deletes in a list', () => {
    const after = patchedBy(
      operations(
        { type: 'insert', path: 'Patient.telecom', index: 0, value: { valueContactPoint: { value: '0' } } },
        { type: 'move', path: 'Patient.telecom', source: 2, destination: 0 },
        { type: 'delete', path: "Patient.telecom.where(system = 'phone')" },
        { type: 'delete', path: 'Patient.birthDate' },
        { type: 'delete', path: 'Patient.photo' },
      ),
    );
    expect(after).toEqual({
      ...without('birthDate', patient),
      telecom: [{ system: 'email', value: '2' }, { value: '0' }],
    });
  });

  it('replaces one choice by another, at any depth', () => {
    const observation: Observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      valueQuantity: { value: 1 },
      component: [{ code: { text: 'a' }, valueString: 'b' }],
    };
    const after = patchedBy(
      operations(
        { type: 'replace', path: 'Observation.value', value: { valueString: 'much' } },
        { type: 'replace', path: 'Observation.component[0].value', value: { valueBoolean: true } },
        { type: 'replace', path: 'Observation.component[0].code.text', value: { valueString: 'c' } },
      ),
      observation,
    );
    const component = [{ code: { text: 'c' }, valueBoolean: true }];
    expect(after).toEqual({ ...without('valueQuantity', observation), valueString: 'much', component });
  });

  it('keeps what a primitive has besides its value beside it', () => {
    const extension = [{ url: 'http://example.org/x', valueBoolean: true }];
    const named: Patient = {
      resourceType: 'Patient',
      name: [{ given: ['A', 'B'], _given: [null as unknown as object, { extension }] }],
    };
    const moved = patchedBy(operations({ type: 'move', path: 'Patient.name.given', source: 1, destination: 0 }), named);
    expect(moved).toMatchObject({ name: [{ given: ['B', 'A'], _given: [{ extension }, null] }] });
    const less = patchedBy(operations({ type: 'delete', path: 'Patient.name.given[1]' }), named);
    expect(less).toEqual({ resourceType: 'Patient', name: [{ given: ['A'] }] });
  });

  it('keeps the digits of decimals', () => {
    const source = parseJson(
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}',
    ) as Observation;
    const patch = parseJson(
      '{"resourceType":"Parameters","parameter":[' +
        '{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation.value"},' +
        '{"name":"name","valueString":"unit"},{"name":"value","valueString":"m"}]},' +
        '{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation"},' +
        '{"name":"name","valueString":"extension"},{"name":"value","part":[{"name":"url","valueUri":"http://example.org/x"},' +
        '{"name":"value","valueDecimal":2.00}]}]}]}',
    );
    expect(stringifyJson(patchedBy(patch, source))).toBe(
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50,"unit":"m"},' +
        '"extension":[{"url":"http://example.org/x","valueDecimal":2.00}]}',
    );
  });

  const name = { valueHumanName: { family: 'M' } };

  it.each<[string, Record<string, unknown>]>([
    ['a path that leads to nothing', { type: 'replace', path: 'Patient.photo', value: { valueString: 'x' } }],
    ['a path that leads to several', { type: 'delete', path: 'Patient.telecom' }],
    ['a path that is no FHIRPath', { type: 'delete', path: 'Patient..name' }],
    ['a path that leads to a value', { type: 'delete', path: "'Patient'" }],
    ['a path to the resource itself', { type: 'delete', path: 'Patient' }],
    ['a function that computes', { type: 'delete', path: "Patient.name.where(family.matches('(a+)+'))" }],
    ['conditions in conditions', { type: 'delete', path: 'Patient.name.where(given.where(exists()).exists())' }],
    ['an element that the type does not have', { type: 'add', path: 'Patient', name: 'colour', value: name }],
    [
      'an element that is there already',
      { type: 'add', path: 'Patient', name: 'birthDate', value: { valueDate: '1970' } },
    ],
    ['a value of another type', { type: 'add', path: 'Patient', name: 'gender', value: name }],
    ['a choice that there is not', { type: 'add', path: 'Patient', name: 'deceased', value: name }],
    ['an index beyond the list', { type: 'insert', path: 'Patient.name', index: 2, value: name }],
    ['an insertion into a part of a list', { type: 'insert', path: 'Patient.telecom.first()', index: 0, value: name }],
    ['a move beyond the list', { type: 'move', path: 'Patient.telecom', source: 0, destination: 2 }],
    ['a move where there is no list', { type: 'move', path: 'Patient.photo', source: 0, destination: 0 }],
  ])('that cannot be done names its operation: %s', (_title, operation) => {
    const first = { type: 'delete', path: 'Patient.photo' };
    const refusal = refusalOf(operations(first, operation));
    expect(refusal).toMatchObject({ status: 422, expression: ['Parameters.parameter[1]'] });
    expect(refusal.said).toContain('Operation 1 of the patch (counted from 0');
  });

  it.each<[string, Parameters]>([
    ['no operation', { resourceType: 'Parameters' }],
    ['another parameter', { resourceType: 'Parameters', parameter: [{ name: 'change' }] }],
    ['no type', operations({ path: 'Patient' })],
    ['an unknown type', operations({ type: 'upsert', path: 'Patient' })],
    ['no path', operations({ type: 'delete' })],
    ['no value', operations({ type: 'add', path: 'Patient', name: 'gender' })],
    ['no index', operations({ type: 'insert', path: 'Patient.name', value: name })],
  ])('that is none is refused: %s', (_title, body) => {
    expect(refusalOf(body).status).toBe(400);
  });

  it('does not look at a large resource again and again', () => {
    const identifier = Array.from({ length: 2_000 }, (_, at) => ({ value: String(at) }));
    const many = Array.from({ length: 100 }, () => ({ type: 'delete', path: "Patient.identifier.where(value = 'x')" }));
    const large: Patient = { resourceType: 'Patient', identifier };
    expect(refusalOf(operations(...many), large)).toMatchObject({ status: 413, code: 'too-costly' });
    expect(patchedBy(operations(...many.slice(0, 2)), large)).toEqual(large);
  });

  it('may not change the id', () => {
    const change = operations({ type: 'replace', path: 'Patient.id', value: { valueString: '2' } });
    expect(refusalOf(change)).toMatchObject({ status: 422, expression: ['Patient.id'] });
  });
});

describe('the tags of a resource', () => {
  it('may be patched, its version staying as it was', () => {
    const task: Task = { resourceType: 'Task', id: '1', meta: { versionId: '1' }, status: 'draft', intent: 'order' };
    const after = patchedBy([{ op: 'add', path: '/meta/tag', value: [{ code: 'x' }] }], task);
    expect(after.meta).toEqual({ versionId: '1', tag: [{ code: 'x' }] });
  });
});
