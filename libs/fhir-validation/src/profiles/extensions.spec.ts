import { createValidator } from '../validator.js';
import { profileOf } from '../../test/profile-builder.js';

const url = 'http://example.org/colour';
const colour = profileOf(
  'Extension',
  {
    Extension: { max: '1' },
    'Extension.extension': { max: '0' },
    'Extension.url': { fixedUri: url },
    'Extension.value[x]': { min: 1, type: [{ code: 'code' }] },
  },
  { url, context: [{ type: 'element', expression: 'Patient.contact' }] },
);
const turns = profileOf(
  'Extension',
  {
    Extension: { isModifier: true },
    'Extension.url': { fixedUri: 'http://example.org/turns' },
    'Extension.value[x]': { type: [{ code: 'boolean' }] },
  },
  { url: 'http://example.org/turns', context: [{ type: 'element', expression: 'DomainResource' }] },
);
const route = profileOf(
  'Extension',
  {
    'Extension.extension': { min: 1 },
    'Extension.extension:from': { min: 1, max: '1' },
    'Extension.extension:from.url': { fixedUri: 'from' },
    'Extension.extension:from.value[x]': { min: 1, type: [{ code: 'dateTime' }] },
    'Extension.url': { fixedUri: 'http://example.org/route' },
    'Extension.value[x]': { max: '0' },
  },
  { url: 'http://example.org/route', context: [{ type: 'element', expression: 'Element' }] },
);
const nested = profileOf(
  'Extension',
  { 'Extension.url': { fixedUri: 'http://example.org/nested' } },
  { url: 'http://example.org/nested', context: [{ type: 'extension', expression: 'http://example.org/route' }] },
);
const onName = profileOf(
  'Extension',
  { 'Extension.url': { fixedUri: 'http://example.org/name' } },
  { url: 'http://example.org/name', context: [{ type: 'element', expression: 'HumanName.family' }] },
);
const { validate } = createValidator({ definitions: [colour, turns, route, nested, onName] });

function found(resource: object, level: 'warning' | 'information' = 'warning'): string[] {
  return validate({ resourceType: 'Patient', ...resource }, { level })
    .filter(({ diagnostics }) => !diagnostics.includes('dom-6'))
    .map(
      ({ severity, code, expression, diagnostics }) => `${severity} ${code} ${String(expression?.[0])}: ${diagnostics}`,
    );
}

const red = { url, valueCode: 'red' };
const name = { text: 'x' };

describe('extensions that are known', () => {
  it('are held to their type and to where they may stand', () => {
    expect(found({ contact: [{ name, extension: [red] }] })).toEqual([]);
    expect(found({ contact: [{ name, extension: [{ url, valueString: 'red' }] }] })).toEqual([
      `error structure Patient.contact[0].extension[0].value: Here is a String; allowed is code (profile ${url}).`,
    ]);
    expect(found({ extension: [red] })).toEqual([
      `error extension Patient.extension[0]: The extension ${url} is not allowed here; allowed is Patient.contact.`,
    ]);
    expect(found({ name: [{ _family: { extension: [{ url: 'http://example.org/name', valueCode: 'a' }] } }] })).toEqual(
      [],
    );
    expect(found({ name: [{ text: 'x', extension: [{ url: 'http://example.org/name', valueCode: 'a' }] }] })).toEqual([
      'error extension Patient.name[0].extension[0]: The extension http://example.org/name is not allowed here; allowed is HumanName.family.',
    ]);
  });

  it('are held to what stands in them', () => {
    const from = { url: 'from', valueDateTime: '2026' };
    const inside = { url: 'http://example.org/nested', valueCode: 'a' };
    expect(found({ extension: [{ url: 'http://example.org/route', extension: [from, inside] }] })).toEqual([]);
    expect(found({ extension: [inside] })).toHaveLength(1);
    expect(found({ extension: [{ url: 'http://example.org/route', extension: [inside] }] })).toEqual([
      'error required Patient.extension[0].extension: The slice from is asked for at least 1 times and is missing (profile http://example.org/route).',
    ]);
    expect(found({ extension: [{ url: 'http://example.org/route', valueCode: 'a' }] })).toEqual([
      'error required Patient.extension[0].extension: The element extension is required and missing (profile http://example.org/route).',
      'error required Patient.extension[0].extension: The slice from is asked for at least 1 times and is missing (profile http://example.org/route).',
      'error structure Patient.extension[0].value: Here are 1 values; none is allowed (profile http://example.org/route).',
    ]);
  });

  it('change the meaning where they may, and nowhere else', () => {
    const modifier = { url: 'http://example.org/turns', valueBoolean: true };
    expect(found({ modifierExtension: [modifier] })).toEqual([]);
    expect(found({ extension: [modifier] })).toEqual([
      'error extension Patient.extension[0]: The extension http://example.org/turns stands in extension; allowed is modifierExtension.',
    ]);
    expect(found({ contact: [{ name, modifierExtension: [red] }] })).toEqual([
      `error extension Patient.contact[0].modifierExtension[0]: The extension ${url} stands in modifierExtension; allowed is extension.`,
    ]);
  });

  it('are those of R4 and our own too', () => {
    const birthPlace = { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueString: 'x' };
    expect(found({ extension: [birthPlace] })).toEqual([
      `error structure Patient.extension[0].value: Here is a String; allowed is Address (profile ${birthPlace.url}).`,
    ]);
    const readiness = { url: 'https://ginnel.org.uk/fhir/StructureDefinition/readiness', valueCode: 'red' };
    const task = { resourceType: 'Task', status: 'requested', intent: 'order', extension: [readiness] };
    expect(found(task)).toEqual([
      `error structure Task.extension[0].value: Here is a Code; allowed is CodeableConcept (profile ${readiness.url}).`,
    ]);
  });
});

describe('extensions that are not known', () => {
  const unknown = { url: 'http://example.org/unknown', valueCode: 'a' };

  it('are allowed, and remarked on to those who ask', () => {
    expect(found({ extension: [unknown] })).toEqual([]);
    expect(found({ extension: [unknown] }, 'information')).toEqual([
      'information extension Patient.extension[0]: The extension "http://example.org/unknown" is not known here; it is kept and not looked into.',
    ]);
  });

  it('are refused where they change the meaning', () => {
    expect(found({ modifierExtension: [unknown] })).toEqual([
      'error extension Patient.modifierExtension[0]: The modifier extension "http://example.org/unknown" is not known here, so what it changes cannot be told.',
    ]);
  });

  it('are not repeated where a number of a person might stand in them', () => {
    const [said] = found({ modifierExtension: [{ url: 'http://example.org/9999999999', valueCode: 'a' }] });
    expect(said).not.toContain('9999999999');
  });
});
