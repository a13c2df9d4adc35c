import { createValidator } from './validator.js';

const { validate } = createValidator();

const task = { resourceType: 'Task', status: 'requested', intent: 'order' };

type Row = [title: string, resource: unknown, code: string, expression: string | undefined, diagnostics: string];

function itRefuses(rows: readonly Row[]): void {
  it.each(rows)('refuses %s', (_, resource, code, expression, diagnostics) => {
    const place = expression === undefined ? {} : { expression: [expression] };
    expect(validate(resource)).toEqual([{ severity: 'error', code, diagnostics, ...place }]);
  });
}

describe('extensions', () => {
  const extended = (extension: unknown): unknown => ({ ...task, extension: [extension] });

  it('accepts an extension in the place of a required value', () => {
    const absent = { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' };
    expect(validate({ resourceType: 'Task', _status: { extension: [absent] }, intent: 'order' })).toEqual([]);
  });

  it('accepts nulls that keep values and extensions in step', () => {
    const name = { given: ['A', null], _given: [null, { extension: [{ url: 'http://x', valueBoolean: true }] }] };
    expect(validate({ resourceType: 'Patient', name: [name] })).toEqual([]);
  });

  itRefuses([
    [
      'one without url',
      extended({ valueString: 'x' }),
      'required',
      'Task.extension[0].url',
      'The element url is required and missing.',
    ],
    [
      'one with neither value nor extensions',
      extended({ url: 'http://x' }),
      'invariant',
      'Task.extension[0]',
      'Must have either extensions or value[x], not both (Extension: ext-1).',
    ],
    [
      'one with both',
      extended({ url: 'http://x', valueString: 'x', extension: [{ url: 'y', valueString: 'z' }] }),
      'invariant',
      'Task.extension[0]',
      'Must have either extensions or value[x], not both (Extension: ext-1).',
    ],
    [
      'lists out of step',
      { resourceType: 'Patient', name: [{ given: ['A', 'B'], _given: [{ id: 'a' }] }] },
      'structure',
      'Patient.name[0].given',
      'The values and their extensions are lists of one length; here they have 2 and 1.',
    ],
    [
      'a null that keeps no place',
      { resourceType: 'Patient', name: [{ given: ['A', null] }] },
      'structure',
      'Patient.name[0].given[1]',
      'Here stands null, which says nothing: leave the element out. A null in a list keeps the place of a value that has only extensions.',
    ],
    [
      'an empty companion',
      { resourceType: 'Patient', birthDate: '1950', _birthDate: {} },
      'structure',
      'Patient.birthDate',
      'An empty object says nothing: leave the element out (ele-1).',
    ],
    [
      'an id beside no value',
      { resourceType: 'Patient', _birthDate: { id: 'a' } },
      'structure',
      'Patient.birthDate',
      'Here is neither a value nor an extension (ele-1).',
    ],
    [
      'a companion of an object',
      { ...task, _code: { id: 'a' } },
      'structure',
      'Task.code',
      'The element "_code" is not known here; the nearest known is "code".',
    ],
  ]);
});
