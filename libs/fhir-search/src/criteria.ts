import { searchableTypes, searchParameter, searchParametersOf } from './parameters.js';
import { notOffered, resultParameters } from './result-parameters.js';
import { malformed, quoted, tooCostly, unknown, unsupported } from './refusal.js';
import type { Criterion, ParameterCriterion, SearchParameter, SearchParameterType } from './search.js';
import { type Asked, searchValuesOf } from './search-values.js';
import { split } from './split.js';

/** Values of one criterion after a bare id was spelt out for each type that it may be of. */
const mostValues = 2000;

/** `status:not=completed,failed` as a criterion. Throws FhirError where the parameter, its modifier or a value is not understood. */
export function criterionOf(type: string, name: string, text: string): Criterion {
  const asked = askedFor(type, name);
  const { parameter, modifier } = asked;
  if (modifier === 'missing') return { parameter, modifier, missing: missingOf(name, text), values: [] };
  const values = split(text, ',').flatMap((value) => searchValuesOf(asked, value));
  if (values.length > mostValues) {
    throw tooCostly(`'${name}' has too many ids without a type; write Type/id, or the type as a modifier.`);
  }
  return { parameter, ...keptModifier(modifier), values };
}

function knownCodes(type: string): string[] {
  const codes = searchParametersOf(type).map(({ code }) => code);
  return ['_id', '_lastUpdated', ...codes, ...resultParameters.keys()];
}

/** Splits `subject:Patient` and refuses what this server does not do, by its own name. */
function askedFor(type: string, name: string): Asked {
  if (name.startsWith('_has:')) throw unsupported("'_has' is not supported yet; search the other type instead.");
  if (name.includes('.')) {
    throw unsupported(
      `${quoted(name)} is a chain, which is not supported yet; ':identifier' finds by a reference's identifier.`,
    );
  }
  const [code = '', modifier, ...more] = name.split(':');
  if (notOffered.has(code)) throw unsupported(`'${code}' is not supported.`);
  const parameter = searchParameter(type, code);
  if (parameter === undefined) throw unknown(`${type}'s search parameter`, code, knownCodes(type));
  if (more.length > 0) throw unsupported(`${quoted(name)} has more than one modifier.`);
  if (modifier !== undefined) requireModifier(parameter, modifier);
  return { name, parameter, modifier };
}

const modifiers: Record<SearchParameterType, readonly string[]> = {
  token: ['missing', 'not'],
  string: ['missing', 'exact', 'contains'],
  reference: ['missing', 'identifier'],
  uri: ['missing'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  composite: ['missing'],
  special: [],
};

function requireModifier({ code, type, targets }: SearchParameter, modifier: string): void {
  const served = searchableTypes().filter((target) => targets.includes(target));
  const allowed = [...modifiers[type], ...served];
  if (!allowed.includes(modifier)) throw unknown(`The '${code}' modifier`, modifier, allowed);
}

function missingOf(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw malformed(name, 'true or false is expected');
  return text === 'true';
}

/** A type as modifier has gone into the values. */
function keptModifier(modifier: string | undefined): Pick<ParameterCriterion, 'modifier'> {
  switch (modifier) {
    case 'exact':
    case 'contains':
    case 'not':
    case 'identifier':
      return { modifier };
    default:
      return {};
  }
}
