import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isFault } from '#fhir';
import { medplumFault, readDefinitions } from '../test/medplum.js';
import { createValidator } from './validator.js';

// Sound resources are spoilt at random places; two validators that were written apart say what they think of that.

const file = fileURLToPath(new URL('../../../conformance/validation/invariants.json', import.meta.url));
const page = fileURLToPath(new URL('../../../docs/validation.md', import.meta.url));
const seed = 20_261_122;
const { minimal, cases } = JSON.parse(readFileSync(file, 'utf8')) as {
  minimal: Record<string, object>;
  cases: Record<string, { holds: Record<string, unknown>[] }>;
};
const { validate } = createValidator();
const random = mulberry(seed);

beforeAll(readDefinitions);

/** What only @medplum/core refuses: the start of its sentence, and why it is accepted here. The page repeats it. */
const unanswered =
  'FHIRPath has no answer where an element that the invariant compares is absent; no answer breaks no rule';
const explained: Record<string, string> = {
  'Constraint sdf-21 ': unanswered,
  'Constraint md-1 ': unanswered,
};

describe(`resources that were spoilt at random (seed ${String(seed)})`, () => {
  it('are refused where @medplum/core refuses them, but for what the page explains', () => {
    const spoilt = Array.from({ length: 6_000 }, () => mutated(oneOf(sound())));
    const verdicts = spoilt.map((resource) => ({
      here: validate(resource).find(isFault)?.code,
      there: medplumFault(resource),
    }));
    const onlyThere = verdicts.filter(({ here, there }) => here === undefined && there !== undefined);
    const unexplained = onlyThere.filter(
      ({ there }) => !Object.keys(explained).some((start) => there?.startsWith(start)),
    );
    expect(unexplained.map(({ there }) => there)).toEqual([]);
    const both = verdicts.filter(({ here, there }) => here !== undefined && there !== undefined);
    expect(both.length).toBeGreaterThan(1_000);
    const onlyHere = new Set(verdicts.filter(({ there }) => there === undefined).map(({ here }) => here));
    onlyHere.delete(undefined);
    expect([...onlyHere].sort()).toEqual(['code-invalid', 'invariant', 'structure', 'value']);
  });

  it('are explained on the page, each disagreement', () => {
    const text = readFileSync(page, 'utf8');
    expect(Object.values(explained).filter((why) => !text.includes(why))).toEqual([]);
  });
});

function sound(): readonly unknown[] {
  soundOnes ??= Object.entries(cases).flatMap(([place, { holds }]) => {
    const [type = ''] = place.split(/[.:]/);
    const isWhole = place.split(':')[0] === type && type in minimal;
    return isWhole
      ? holds.filter((one) => !('$without' in one)).map((one) => ({ resourceType: type, ...minimal[type], ...one }))
      : [];
  });
  return soundOnes;
}

let soundOnes: readonly unknown[] | undefined;

/** A copy in which one to three places are gone, doubled, or hold something else. */
function mutated(resource: unknown): unknown {
  const copy: unknown = structuredClone(resource);
  const times = 1 + Math.floor(random() * 3);
  for (let time = 0; time < times; time += 1) mutate(copy);
  return copy;
}

function mutate(resource: unknown): void {
  const places = placesIn(resource).filter(([key]) => key !== 'resourceType');
  const place = places.length > 0 ? oneOf(places) : undefined;
  if (!place) return;
  const parent = place.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], resource);
  const key = place.at(-1) ?? '';
  const fields = parent as Record<string, unknown>;
  const change = Math.floor(random() * 4);
  if (change === 0) remove(parent, key);
  else if (change === 1 && !Array.isArray(parent)) fields[oneOf(names)] = structuredClone(oneOf(values));
  else fields[key] = structuredClone(oneOf(values));
}

const names = [
  'status',
  'id',
  'code',
  'period',
  'valueString',
  'extension',
  'name',
  'text',
  'contained',
  'deceasedBoolean',
];
const values: unknown[] = [
  'bogus',
  'x y',
  '',
  0,
  1,
  -1.5,
  true,
  null,
  [],
  {},
  { text: 'x' },
  [{ text: 'x' }],
  { reference: '#nope' },
  { start: '2026', end: '2025' },
  [{ url: 'http://example.org/x', valueString: 'x' }],
  [{ url: 'http://example.org/x' }],
  '2026-02-30',
  { id: 'a' },
];

function remove(parent: unknown, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent as object, key);
}

function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...placesIn(inner).map((place) => [key, ...place])]);
}

function oneOf<T>(items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('There is nothing to choose from.');
  return item;
}

function mulberry(state: number): () => number {
  let current = state;
  return () => {
    current = (current + 0x6d2b79f5) | 0;
    let mixed = Math.imul(current ^ (current >>> 15), 1 | current);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
