import type { ElementDefinition, StructureDefinition } from 'fhir/r4';
import { createValidator } from '../validator.js';
import { profileOf } from '../../test/profile-builder.js';

type Slicing = NonNullable<ElementDefinition['slicing']>;
type Elements = Record<string, Omit<ElementDefinition, 'path' | 'id'>>;

const hl7 = 'http://hl7.org/fhir/StructureDefinition/';
const text = { text: 'x' };
const patient = { resourceType: 'Patient' };
const observation = { resourceType: 'Observation', status: 'final', code: text };

function found(profile: StructureDefinition, resource: unknown, definitions: StructureDefinition[] = []): string[] {
  const { validate } = createValidator({ definitions: [profile, ...definitions] });
  return validate(resource, { profiles: [profile.url] }).map(
    ({ code, expression, diagnostics }) =>
      `${code} ${String(expression?.[0])}: ${diagnostics.replace(/ \(profile [^)]*\)\.$/, '.')}`,
  );
}

function by(
  type: 'value' | 'exists' | 'pattern' | 'type' | 'profile',
  path: string,
  more: Partial<Slicing> = {},
): Slicing {
  return { discriminator: [{ type, path }], rules: 'open', ...more };
}

const identifier = (system: string, value = '1'): object => ({ system, value });
const withIdentifiers = (...systems: string[]): unknown => ({
  ...patient,
  identifier: systems.map((one) => identifier(one)),
});

function sliced(slicing: Slicing, more: Elements = {}): StructureDefinition {
  return profileOf('Patient', {
    'Patient.identifier': { slicing },
    'Patient.identifier:a': { min: 1, max: '1' },
    'Patient.identifier:a.system': { fixedUri: 'http://a' },
    'Patient.identifier:b': { max: '1' },
    'Patient.identifier:b.system': { fixedUri: 'http://b' },
    ...more,
  });
}

describe('slices', () => {
  it('are asked for by name, at least and at most', () => {
    const profile = sliced(by('value', 'system'));
    expect(found(profile, withIdentifiers('http://x', 'http://a', 'http://b'))).toEqual([]);
    expect(found(profile, withIdentifiers('http://b'))).toEqual([
      'required Patient.identifier: The slice a is asked for at least 1 times and is missing.',
    ]);
    expect(found(profile, withIdentifiers('http://a', 'http://a'))).toEqual([
      'structure Patient.identifier: The slice a is here 2 times; allowed is 1.',
    ]);
  });

  it('are held to what the profile says of them alone', () => {
    const profile = sliced(by('value', 'system'), { 'Patient.identifier:a.value': { maxLength: 1 } });
    const resource = { ...patient, identifier: [identifier('http://b', '22'), identifier('http://a', '22')] };
    expect(found(profile, resource)).toEqual([
      'value Patient.identifier[1].value: The value has 2 characters; allowed are 1.',
    ]);
  });

  it('may be closed, at the end, or in order', () => {
    const closed = sliced(by('value', 'system', { rules: 'closed' }));
    expect(found(closed, withIdentifiers('http://b', 'http://a'))).toEqual([]);
    expect(found(closed, withIdentifiers('http://a', 'http://x'))).toEqual([
      'structure Patient.identifier[1]: This is none of the slices a, b, and others are not allowed.',
    ]);
    const atEnd = sliced(by('value', 'system', { rules: 'openAtEnd' }));
    expect(found(atEnd, withIdentifiers('http://b', 'http://a', 'http://x'))).toEqual([]);
    expect(found(atEnd, withIdentifiers('http://a', 'http://x', 'http://b'))).toEqual([
      'structure Patient.identifier[2]: The slices of the profile come before all others.',
    ]);
    const ordered = sliced(by('value', 'system', { ordered: true }));
    expect(found(ordered, withIdentifiers('http://a', 'http://x', 'http://b'))).toEqual([]);
    expect(found(ordered, withIdentifiers('http://b', 'http://a'))).toEqual([
      'structure Patient.identifier[1]: The slices of the profile come in its order.',
    ]);
  });

  it('may have one for all others', () => {
    const profile = sliced(by('value', 'system'), {
      'Patient.identifier:@default': {},
      'Patient.identifier:@default.value': { max: '0' },
    });
    expect(found(profile, withIdentifiers('http://a', 'http://x'))).toEqual([
      'structure Patient.identifier[1].value: Here are 1 values; none is allowed.',
    ]);
  });

  it('may be sliced again', () => {
    const profile = sliced(by('value', 'system'), {
      'Patient.identifier:a': { slicing: by('value', 'use'), min: 1, max: '*' },
      'Patient.identifier:a/official': { min: 1, max: '1' },
      'Patient.identifier:a/official.use': { fixedCode: 'official' },
    });
    const resource = (...uses: string[]): unknown => ({
      ...patient,
      identifier: uses.map((use) => ({ ...identifier('http://a'), use })),
    });
    expect(found(profile, resource('old', 'official'))).toEqual([]);
    expect(found(profile, resource('old'))).toEqual([
      'required Patient.identifier: The slice a/official is asked for at least 1 times and is missing.',
    ]);
  });
});

describe('discriminators', () => {
  it('tell by a pattern, also one around the path', () => {
    const profile = profileOf('Observation', {
      'Observation.category': { slicing: by('pattern', '$this') },
      'Observation.category:a': { min: 1, patternCodeableConcept: { coding: [{ system: 'http://x', code: 'a' }] } },
      'Observation.component': { slicing: by('value', 'code.coding.code') },
      'Observation.component:b': { max: '0' },
      'Observation.component:b.code': { patternCodeableConcept: { coding: [{ code: 'b' }] } },
    });
    const coded = (code: string): object => ({ coding: [{ system: 'http://x', code }] });
    expect(found(profile, { ...observation, category: [coded('z'), coded('a')] })).toEqual([]);
    expect(found(profile, { ...observation, category: [coded('z')] })).toEqual([
      'required Observation.category: The slice a is asked for at least 1 times and is missing.',
    ]);
    const component = [{ code: coded('c') }, { code: coded('b') }];
    expect(found(profile, { ...observation, category: [coded('a')], component })).toEqual([
      'structure Observation.component: The slice b is here 1 times; allowed is 0.',
    ]);
  });

  it('tell by what is there or not', () => {
    const profile = profileOf('Patient', {
      'Patient.name': { slicing: by('exists', 'period') },
      'Patient.name:past': {},
      'Patient.name:past.period': { min: 1 },
      'Patient.name:past.family': { min: 1 },
      'Patient.name:present': { max: '1' },
      'Patient.name:present.period': { max: '0' },
    });
    const period = { start: '2020' };
    expect(found(profile, { ...patient, name: [{ family: 'x', period }, text] })).toEqual([]);
    expect(found(profile, { ...patient, name: [{ text: 'x', period }, text, text] })).toEqual([
      'required Patient.name[0].family: The element family is required and missing.',
      'structure Patient.name: The slice present is here 2 times; allowed is 1.',
    ]);
  });

  it('tell by the type of a choice', () => {
    const profile = profileOf('Observation', {
      'Observation.value[x]': { slicing: by('type', '$this', { rules: 'closed' }) },
      'Observation.value[x]:valueQuantity': { type: [{ code: 'Quantity' }] },
      'Observation.value[x]:valueQuantity.unit': { min: 1 },
    });
    expect(found(profile, { ...observation, valueQuantity: { value: 1, unit: 'h' } })).toEqual([]);
    expect(found(profile, { ...observation, valueQuantity: { value: 1 } })).toEqual([
      'required Observation.value.unit: The element unit is required and missing.',
    ]);
    expect(found(profile, { ...observation, valueString: 'x' })).toEqual([
      'structure Observation.value: This is none of the slices valueQuantity, and others are not allowed.',
    ]);
  });

  it('tell by the type of the resource that is referred to', () => {
    const target = (type: string): ElementDefinition['type'] => [{ code: 'Reference', targetProfile: [hl7 + type] }];
    const profile = profileOf('Observation', {
      'Observation.performer': { slicing: by('type', 'resolve()') },
      'Observation.performer:person': { min: 1, type: target('Practitioner') },
      'Observation.performer:place': { max: '1', type: target('Organization') },
    });
    const performer = (...references: string[]): unknown => ({
      ...observation,
      performer: references.map((reference) => ({ reference })),
    });
    expect(found(profile, performer('Organization/1', 'Practitioner/1'))).toEqual([]);
    expect(found(profile, performer('Organization/1', 'Organization/2'))).toEqual([
      'required Observation.performer: The slice person is asked for at least 1 times and is missing.',
      'structure Observation.performer: The slice place is here 2 times; allowed is 1.',
    ]);
    const contained = [{ resourceType: 'Practitioner', id: 'p' }];
    expect(found(profile, { ...observation, contained, performer: [{ reference: '#p' }] })).toEqual([]);
  });

  it('tell by the type of an entry of a Bundle', () => {
    const profile = profileOf('Bundle', {
      'Bundle.entry': { slicing: by('type', 'resource') },
      'Bundle.entry:patient': { min: 1, max: '1' },
      'Bundle.entry:patient.resource': { type: [{ code: 'Patient' }], min: 1 },
    });
    const bundle = (...types: string[]): unknown => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: types.map((resourceType) => ({
        resource: { resourceType, ...(resourceType === 'Basic' ? { code: text } : {}) },
      })),
    });
    expect(found(profile, bundle('Basic', 'Patient'))).toEqual([]);
    expect(found(profile, bundle('Basic'))).toEqual([
      'required Bundle.entry: The slice patient is asked for at least 1 times and is missing.',
    ]);
  });

  it('tell by the profile that is kept', () => {
    const kept = profileOf('Patient', { 'Patient.gender': { min: 1 } });
    const profile = profileOf('Bundle', {
      'Bundle.entry': { slicing: by('profile', 'resource') },
      'Bundle.entry:known': { min: 1 },
      'Bundle.entry:known.resource': { type: [{ code: 'Patient', profile: [kept.url] }] },
    });
    const bundle = (more: object): unknown => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: { ...patient, ...more } }],
    });
    expect(found(profile, bundle({ gender: 'male' }), [kept])).toEqual([]);
    expect(found(profile, bundle({}), [kept])).toEqual([
      'required Bundle.entry: The slice known is asked for at least 1 times and is missing.',
    ]);
  });

  it('tell by a code of a required value set', () => {
    const profile = profileOf('Patient', {
      'Patient.telecom': { slicing: by('value', 'system') },
      'Patient.telecom:phone': { max: '1' },
      'Patient.telecom:phone.system': { min: 1, fixedCode: 'phone' },
      'Patient.contact': { slicing: by('value', 'gender') },
      'Patient.contact:any': { min: 1 },
      'Patient.contact:any.gender': {
        min: 1,
        binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
      },
    });
    const phone = { system: 'phone', value: '1' };
    const contact = [{ gender: 'male', name: text }];
    expect(found(profile, { ...patient, telecom: [phone], contact })).toEqual([]);
    expect(found(profile, { ...patient, telecom: [phone, phone], contact: [{ name: text }] })).toEqual([
      'structure Patient.telecom: The slice phone is here 2 times; allowed is 1.',
      'required Patient.contact: The slice any is asked for at least 1 times and is missing.',
    ]);
  });

  it('may be several, of which all must tell', () => {
    const profile = profileOf('Patient', {
      'Patient.identifier': {
        slicing: {
          discriminator: [
            { type: 'value', path: 'system' },
            { type: 'value', path: 'use' },
          ],
          rules: 'open',
        },
      },
      'Patient.identifier:a': { min: 1 },
      'Patient.identifier:a.system': { fixedUri: 'http://a' },
      'Patient.identifier:a.use': { fixedCode: 'official' },
    });
    const resource = (use: string): unknown => ({ ...patient, identifier: [{ ...identifier('http://a'), use }] });
    expect(found(profile, resource('official'))).toEqual([]);
    expect(found(profile, resource('old'))).toEqual([
      'required Patient.identifier: The slice a is asked for at least 1 times and is missing.',
    ]);
  });

  it('tell by an extension inside', () => {
    const extension = { extension: [{ url: 'http://example.org/kind', valueCode: 'a' }] };
    const profile = profileOf('Patient', {
      'Patient.name': { slicing: by('exists', "extension('http://example.org/kind')") },
      'Patient.name:kind': { max: '1' },
      'Patient.name:kind.extension': { slicing: by('value', 'url') },
      'Patient.name:kind.extension:kind': {
        min: 1,
        type: [{ code: 'Extension', profile: ['http://example.org/kind'] }],
      },
    });
    expect(found(profile, { ...patient, name: [{ ...text, ...extension }, text] })).toEqual([]);
    expect(
      found(profile, {
        ...patient,
        name: [
          { ...text, ...extension },
          { ...text, ...extension },
        ],
      }),
    ).toEqual(['structure Patient.name: The slice kind is here 2 times; allowed is 1.']);
  });
});
