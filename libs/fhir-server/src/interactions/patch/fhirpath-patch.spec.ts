import type { Observation, Parameters, Patient } from 'fhir/r4';
import { parseJson, stringifyJson } from '#fhir';
import { patchedBy, patient, refusalOf, without } from '../../../test/patches.js';

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
