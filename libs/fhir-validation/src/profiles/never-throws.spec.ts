import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createValidator } from '../validator.js';

const file = fileURLToPath(new URL('../../../../conformance/validation/invariants.json', import.meta.url));
const built = fileURLToPath(new URL('../../generated/profiles.json', import.meta.url));
const seed = 20_261_122;
const { minimal } = JSON.parse(readFileSync(file, 'utf8')) as { minimal: Record<string, object> };
const { definitions } = JSON.parse(readFileSync(built, 'utf8')) as { definitions: { url: string; type: string }[] };
const profiles = definitions.filter(({ type }) => type in minimal);

/** Numbers that look like chance and come again. */
function chance(state: number): () => number {
  let current = state;
  return () => {
    current = (Math.imul(current, 1_664_525) + 1_013_904_223) >>> 0;
    return current / 2 ** 32;
  };
}

const odd: unknown[] = [
  null,
  'x',
  '',
  1,
  true,
  [],
  {},
  [null],
  [[]],
  { reference: '#' },
  { coding: [null] },
  { profile: ['http://hl7.org/fhir/StructureDefinition/bp', '|', ''] },
  [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace' }],
  [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
  'http://hl7.org/fhir/StructureDefinition/bodyweight',
];
const names = [
  'meta',
  'extension',
  'modifierExtension',
  'contained',
  'text',
  'code',
  'status',
  'valueQuantity',
  'component',
];

it(`answers whatever comes, by any profile (seed ${String(seed)})`, () => {
  const { validate } = createValidator();
  const random = chance(seed);
  const oneOf = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const answers = Array.from({ length: 5_000 }, () => {
    const { url, type } = oneOf(profiles) ?? { url: '', type: 'Basic' };
    const spoilt = [1, 2, 3].map(() => [oneOf(names), structuredClone(oneOf(odd))]);
    const resource = { resourceType: type, ...minimal[type], ...(Object.fromEntries(spoilt) as object) };
    return validate(resource, { profiles: [url], level: 'information' });
  });
  expect(answers.filter((issues) => !Array.isArray(issues))).toEqual([]);
  expect(answers).toHaveLength(5_000);
  expect(profiles.length).toBeGreaterThan(20);
});
