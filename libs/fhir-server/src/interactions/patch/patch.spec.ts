import type { Observation, Patient, Task } from 'fhir/r4';
import { parseJson, stringifyJson } from '#fhir';
import { patchedBy, patient, refusalOf, without } from '../../../test/patches.js';

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

describe('the tags of a resource', () => {
  it('may be patched, its version staying as it was', () => {
    const task: Task = { resourceType: 'Task', id: '1', meta: { versionId: '1' }, status: 'draft', intent: 'order' };
    const after = patchedBy([{ op: 'add', path: '/meta/tag', value: [{ code: 'x' }] }], task);
    expect(after.meta).toEqual({ versionId: '1', tag: [{ code: 'x' }] });
  });
});
