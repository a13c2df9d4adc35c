import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { booleanExpression } from '../fhirpath-expression.js';
import { type Fields, isFields } from '../fields.js';
import { Inspection } from '../inspection.js';
import { type ConstraintStructure, type ElementStructure, readStructures } from '../structures.js';
import { createValidator } from '../validator.js';
import { fastInvariants, structuralInvariants } from './index.js';

interface Fixture {
  minimal: Record<string, Fields>;
  parents: Record<string, Fields>;
  cannotBreak: Record<string, string>;
  cases: Record<string, { holds: unknown[]; breaks: unknown[] }>;
}

const file = fileURLToPath(new URL('../../../../conformance/validation/invariants.json', import.meta.url));
const { minimal, parents, cannotBreak, cases } = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
const structures = readStructures();
const { validate } = createValidator();
const constraints = constraintsByPlace();
const keys = [...constraints.keys()].sort();

/** A constraint of each type or element, as published. */
function constraintsByPlace(): Map<string, ConstraintStructure> {
  const found = new Map<string, ConstraintStructure>();
  const visit = (
    path: string,
    { constraints = [], elements = [] }: Pick<ElementStructure, 'constraints' | 'elements'>,
  ) => {
    for (const constraint of constraints) found.set(`${path}: ${constraint.key}`, constraint);
    for (const element of elements) visit(`${path}.${element.name}`, element);
  };
  for (const [name, type] of Object.entries(structures.types)) visit(name, type);
  return found;
}

function elementAt(path: string): ElementStructure | undefined {
  const [type = '', ...names] = path.split('.');
  return names.reduce<Pick<ElementStructure, 'elements'> | undefined>(
    (node, name) => node?.elements?.find((element) => element.name === name),
    structures.types[type],
  ) as ElementStructure | undefined;
}

/** The resource in which the value stands at the path of its element. */
function resourceWith(on: string, value: unknown): Fields {
  const [type = ''] = on.split('.');
  const { $resource = {}, $without = [], ...plain } = isFields(value) ? value : {};
  const own = isFields(value) ? plain : value;
  const inner = wrapped(on, own);
  if (type === 'DomainResource') return { resourceType: 'Task', ...minimal.Task, ...(inner as Fields) };
  if (type in minimal) {
    const base = Object.entries({ ...minimal[type], ...($resource as Fields) });
    const kept = base.filter(([name]) => !($without as string[]).includes(name));
    return { resourceType: type, ...Object.fromEntries(kept), ...(inner as Fields) };
  }
  return dataTypeHost(type, inner, $resource as Fields);
}

/** The parents of an element around its value, up to but without the type. */
function wrapped(on: string, value: unknown): unknown {
  const parts = on.split('.');
  if (parts.length === 1) return value;
  const parent = parts.slice(0, -1).join('.');
  const item = elementAt(on)?.max === '*' ? [value] : value;
  return wrapped(parent, { ...parents[parent], [parts.at(-1) ?? '']: item });
}

function dataTypeHost(type: string, value: unknown, more: Fields): Fields {
  const basic = { resourceType: 'Basic', ...minimal.Basic };
  if (type === 'Element') return { ...basic, code: value };
  if (type === 'Extension') return { ...basic, extension: [value] };
  if (type === 'Reference') return { ...basic, subject: value };
  if (type === 'Narrative') return { ...basic, text: { status: 'generated', ...(value as Fields) } };
  if (type === 'SimpleQuantity')
    return { resourceType: 'Observation', ...minimal.Observation, referenceRange: [{ low: value }] };
  if (type === 'MoneyQuantity') return basic;
  if (type === 'ElementDefinition') {
    const element = [{ id: 'Patient', path: 'Patient' }, value];
    return { resourceType: 'StructureDefinition', ...minimal.StructureDefinition, ...more, differential: { element } };
  }
  return { ...basic, extension: [{ url: 'http://example.org/x', [`value${type}`]: value }] };
}

function brokenKeys(resource: Fields): string[] {
  return validate(resource, { level: 'information' }).flatMap(({ diagnostics }) =>
    [...diagnostics.matchAll(/\(([^()]+)\)/g)].map(([, key = '']) => key),
  );
}

describe('the invariants of R4', () => {
  it('have cases, all of them', () => {
    expect(Object.keys(cases).sort()).toEqual(keys);
    expect(keys.filter((key) => cases[key]?.breaks.length === 0).sort()).toEqual(Object.keys(cannotBreak).sort());
    expect(keys).toHaveLength(189);
  });

  describe.each(keys)('%s', (place) => {
    const [on = '', key = ''] = place.split(': ');
    const said = structuralInvariants.has(place) ? key : place;

    it('is kept by resources that keep it, which have no fault', () => {
      const issues = (cases[place]?.holds ?? []).map((value) => {
        const found = validate(resourceWith(on, value), { level: 'information' });
        return found.filter(
          ({ severity, diagnostics }) => severity === 'error' || diagnostics.includes(`${on}: ${key}`),
        );
      });
      expect(issues.flat()).toEqual([]);
    });

    it('is broken by resources that break it', () => {
      const missed = (cases[place]?.breaks ?? []).filter(
        (value) => !brokenKeys(resourceWith(on, value)).includes(said),
      );
      expect(missed).toEqual([]);
    });
  });
});

/** Where the hand-written rule says more or less than the published expression, and why. */
const explained: Record<string, string> = {
  'Condition: con-3': 'the published expression compares a concept with a text',
  'CareTeam.participant: ctm-1': 'the published expression resolves references, which its engine cannot do here',
  'Questionnaire.item.enableWhen: que-7': 'the published expression asks for System.Boolean of a FHIR.boolean',
  'ElementDefinition: eld-19': 'the published pattern does not mark its ends',
  'ElementDefinition: eld-20': 'the published pattern does not mark its ends',
};

describe('the invariants by hand', () => {
  it('are all of R4', () => {
    expect(Object.keys(fastInvariants).filter((key) => !constraints.has(key))).toEqual([]);
  });

  it.each(Object.keys(fastInvariants).filter((key) => !(key in explained)))('answer as FHIRPath does: %s', (place) => {
    const [on = ''] = place.split(': ');
    const { expression = '' } = constraints.get(place) ?? {};
    const ask = booleanExpression(expression, on);
    const rule = fastInvariants[place] as (value: unknown, scene: unknown) => unknown;
    const { holds = [], breaks = [] } = cases[place] ?? {};
    const answers = [...holds, ...breaks].map((value) => {
      const resource = resourceWith(on, value);
      const own = ownValue(on, value, resource);
      const inspection = Object.assign(new Inspection(), { resource, root: resource });
      const byHand = rule(own, inspection);
      const answer = ask(own, inspection);
      return answer === 'nothing' || (byHand === true || (Array.isArray(byHand) && byHand.length === 0)) === answer;
    });
    expect(answers.filter((isSame) => !isSame)).toEqual([]);
  });
});

function ownValue(on: string, value: unknown, resource: Fields): unknown {
  if (!on.includes('.') && (on in minimal || on === 'DomainResource')) return resource;
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('$')));
}
