import type { Dice } from './dice.js';

const json = 'application/fhir+json';
const contentTypes = [
  json,
  json,
  json,
  json,
  'application/json',
  'application/fhir+xml',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'garbage',
  '',
];

/** Sound beginnings, to be spoilt: what is wrong should be one thing, deep inside. */
const seeds: readonly object[] = [
  {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
    focus: { reference: 'ServiceRequest/1' },
    for: { reference: 'Patient/1' },
    restriction: { repetitions: 1, period: { start: '2026-01-01', end: '2026-02-01' } },
  },
  {
    resourceType: 'Patient',
    identifier: [{ system: 'https://example.org/id', value: '1' }],
    name: [{ family: 'Example', given: ['A'] }],
    birthDate: '1950-01-01',
    contact: [{ name: { text: 'B' } }],
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">A</div>' },
  },
  {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    valueQuantity: { value: 80.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    component: [{ code: { text: 'part' }, valueInteger: 1 }],
  },
  {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:6f1c1d3e-0000-4000-8000-000000000001',
        resource: { resourceType: 'Patient', name: [{ text: 'A' }] },
        request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=https://example.org/id|1' },
      },
      {
        resource: {
          resourceType: 'Condition',
          subject: { reference: 'urn:uuid:6f1c1d3e-0000-4000-8000-000000000001' },
          code: { text: 'pain' },
        },
        request: { method: 'POST', url: 'Condition' },
      },
      { request: { method: 'GET', url: 'Task?status=requested' } },
      { request: { method: 'DELETE', url: 'Flag/none' } },
    ],
  },
  {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'replace' },
          { name: 'path', valueString: 'Patient.birthDate' },
          { name: 'value', valueDate: '1950-01-01' },
        ],
      },
    ],
  },
  {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: 'https://example.org/Questionnaire/1',
    item: [{ linkId: '1', answer: [{ valueDecimal: 1.5, item: [{ linkId: '2' }] }] }],
  },
  [
    { op: 'replace', path: '/status', value: 'accepted' },
    { op: 'test', path: '/id', value: '1' },
  ],
];

const strange: readonly unknown[] = [
  null,
  true,
  -0,
  1e308,
  12345678901234567890n.toString(),
  '',
  ' ',
  '\u0000',
  '\uD800',
  '\u202Eevil',
  'x'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  { __proto__: null, constructor: { prototype: 1 } },
  '2026-02-30',
  'urn:uuid:none',
  '#contained',
  'http://169.254.169.254/',
  '<script>alert(1)</script>',
  '(a+)+$',
  'Patient.where(1=1).repeat($this)',
  "Task.descendants().select(descendants().select(descendants().matches('(a+)+$')))",
];

/** A body with something wrong in it, and what it says it is. */
export function spoiltBody(dice: Dice, path: string): { body: string; contentType: string } {
  if (path.endsWith('_search') && dice.chance(0.7)) return formBody(dice);
  if (dice.chance(0.1)) return { body: rawBody(dice), contentType: dice.of(contentTypes) };
  const seed = structuredClone(dice.of(seeds)) as Record<string, unknown>;
  for (let left = dice.below(4); left > 0; left--) spoil(seed, dice);
  const text = JSON.stringify(seed);
  const cut = dice.chance(0.05) ? text.slice(0, dice.below(text.length)) : text;
  return { body: cut, contentType: dice.of(contentTypes) };
}

function formBody(dice: Dice): { body: string; contentType: string } {
  const fields = Array.from(
    { length: dice.below(5) },
    () => `${dice.of(['_id', 'name', '%zz', ''])}=${dice.of(['a', '%00', '%', '🙂'])}`,
  );
  return { body: fields.join('&'), contentType: 'application/x-www-form-urlencoded' };
}

function rawBody(dice: Dice): string {
  const deep = dice.below(2000) + 1;
  return dice.of([
    '',
    '{',
    'null',
    '"Task"',
    '['.repeat(deep),
    `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
    '{"resourceType":"Task","resourceType":"Patient"}',
    '<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"><id value="&a;"/></Patient>',
    `<Patient xmlns="http://hl7.org/fhir">${'<contact>'.repeat(deep)}</Patient>`,
    '<Patient xmlns="http://hl7.org/fhir"><birthDate value="x"/><nothing/></Patient>',
    '\uFEFF{"resourceType":"Task"}',
    `{"resourceType":"Task","identifier":[${'{"value":"1"},'.repeat(deep)}{"value":"1"}]}`,
    `{"resourceType":"Task","description":1e${String(deep)}}`,
  ]);
}

/** Changes one place: another value, a lost property, one more of a list, an unknown element. */
function spoil(value: Record<string, unknown>, dice: Dice): void {
  const keys = Object.keys(value);
  const key = keys.length === 0 ? 'x' : dice.of(keys);
  const inner = value[key];
  if (typeof inner === 'object' && inner !== null && dice.chance(0.7)) {
    spoil(inner as Record<string, unknown>, dice);
    return;
  }
  const ways = [
    () => (value[key] = structuredClone(dice.of(strange))),
    () => (value[key] = structuredClone(dice.of(strange))),
    () => Reflect.deleteProperty(value, key),
    () => (value[key] = [inner, structuredClone(inner)]),
    () =>
      (value[dice.of(['unknown', '_status', 'extension', 'modifierExtension', 'contained', 'id', 'meta'])] =
        structuredClone(dice.of(strange))),
  ];
  dice.of(ways)();
}
